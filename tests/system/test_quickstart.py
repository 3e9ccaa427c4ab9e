"""packaging/quickstart on a machine where everything is installed and built: what it says, and what
it runs. That it installs and builds is what the first run on a machine shows.
"""

import pathlib
import pwd
import re
import shutil
import socket
import subprocess

import pytest

from lib import agent, metrics

LISTEN = "--web.listen-address"
NOBODY = str(pwd.getpwnam("nobody").pw_uid)


@pytest.fixture
def tree(root, tmp_path, built_agent):
    """A source tree as a first run leaves it: configured, and with nothing left to build."""
    if not shutil.which("apt-get"):
        pytest.skip("not on Debian")
    shutil.copytree(agent.SOURCE / "packaging", tmp_path / "packaging")
    for name in ("configure", "Makefile.in", "build/Makefile"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("all:\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "build" / "iptallyd").symlink_to(pathlib.Path(built_agent).resolve())
    return tmp_path


@pytest.fixture
def quickstart(tree):
    """quickstart(option, ...) starts it in a network of its own; all are stopped at the end."""
    started = []

    def start(*options):
        command = ["unshare", "-n", "sh", "-c", 'ip link set lo up && exec "$@"', "sh",
                   str(tree / "packaging" / "quickstart"), *options]
        one = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               stdin=subprocess.DEVNULL)
        started.append(one)
        return one

    yield start
    for one in started:
        if one.poll() is None:
            one.kill()
        one.communicate()


def say_until(process, last):
    """Its lines on standard error, up to the first that matches."""
    lines = []
    for line in process.stderr:
        lines.append(line.rstrip("\n"))
        if re.search(last, line):
            return lines
    raise AssertionError(f"ended without {last}: {lines}")


def inside(process, *command):
    return subprocess.run(["nsenter", "-t", str(process.pid), "-n", *command], text=True,
                          capture_output=True, check=False, timeout=20)


def commands(lines):
    return [line.split() for line in lines if line.startswith("  ")]


def stop(process):
    process.terminate()
    assert process.wait(5) == 0


def test_what_it_says_to_try_works(quickstart):
    running = quickstart("-i", "lo")
    lines = say_until(running, "topic=http.*listening")
    assert any('topic=snmp msg="listening on 127.0.0.1:10177"' in line for line in lines), lines
    curl, walk = commands(lines)
    assert (curl[0], walk[0]) == ("curl", "snmpwalk")
    series = metrics.read(inside(running, curl[0], "-sf", *curl[1:]).stdout)
    assert metrics.interfaces(series) == ["lo"]
    if shutil.which("snmpwalk"):
        told = inside(running, *walk).stdout
        assert '"lo"' in told and "No Such" not in told
    status = pathlib.Path(f"/proc/{running.pid}/status").read_text()
    assert re.search(r"^Uid:\t(\d+)\t(\d+)", status, re.MULTILINE).groups() == (NOBODY, NOBODY)
    stop(running)


@pytest.mark.parametrize("options", [
    [f"{LISTEN}=127.0.0.1:10200", "--snmp=off"],
    [LISTEN, "127.0.0.1:10200", "--snmp", "off"],
])
def test_options_go_to_the_agent_and_nothing_is_said_to_be_where_it_is_not(quickstart, options):
    running = quickstart("-i", "lo", *options, "not", "port", "22")
    lines = say_until(running, "topic=http.*listening")
    assert not any("10177" in line for line in lines), lines
    assert "listening on 127.0.0.1:10200" in lines[-1]
    assert inside(running, "curl", "-sf", "http://127.0.0.1:10200/-/ready").returncode == 0
    with socket.socket() as one:  # of this machine's own network, where nobody listens for it
        assert one.connect_ex(("127.0.0.1", 10200)) != 0
    stop(running)


@pytest.mark.parametrize("option", ["--version", "-V", "--help=snmp", "--print-oid-root", "--memory"])
def test_what_prints_and_ends_has_no_advice(quickstart, option):
    running = quickstart(option)
    printed, errors = running.communicate(timeout=20)
    assert (running.returncode, errors) == (0, "")
    assert printed


def test_bad_options_are_the_agents_to_refuse(quickstart):
    running = quickstart("--nope")
    _, errors = running.communicate(timeout=20)
    assert running.returncode == 2
    assert errors.splitlines()[-1].startswith("iptallyd: unknown option --nope")


def test_without_root_it_says_what_to_do_by_hand(tree):
    tree.chmod(0o755)
    done = subprocess.run(
        ["unshare", "--map-user=65534", str(tree / "packaging" / "quickstart")], text=True,
        capture_output=True, check=False, cwd="/")
    assert done.returncode == 1
    for words in ("sudo ", "apt-get install autoconf", "dnf install", "../configure && make"):
        assert words in done.stderr
    assert done.stdout == ""
