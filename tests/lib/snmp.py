"""SNMP as an outsider sees it: net-snmp's own tools, a snmpd of the test's own, the folders of MIBs.

Everything goes by number, so that no MIB file is needed but where names are what is tested.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading

from lib import agent

ROOT = (1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 10177)
OBJECTS = ROOT + (1,)
SYSTEM = (1, 3, 6, 1, 2, 1, 1)
SYS_DESCR, SYS_OBJECT_ID, SYS_UPTIME = (SYSTEM + (n, 0) for n in (1, 2, 3))
SYS_OR_ID = SYSTEM + (9, 1, 2)

MIB_FOLDERS = [
    "/usr/share/snmp/mibs", "/usr/share/snmp/mibs/ietf", "/usr/share/snmp/mibs/iana",
    "/usr/share/mibs/ietf", "/usr/share/mibs/iana", "/var/lib/mibs/ietf", "/var/lib/mibs/iana",
]

V2C = ("-v2c", "-c", "public")


def tool(name):
    """The path of a program of net-snmp; None where it is not installed."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def mib_path():
    """Folders for -M with our MIB and those that it imports; None where those are nowhere."""
    folders = [*MIB_FOLDERS, os.environ.get("IPTALLY_MIBS", ""),
               str(agent.SOURCE.parent / "shared" / "mibs")]
    folders = [one for one in folders if one and pathlib.Path(one).is_dir()]
    if not any((pathlib.Path(one) / f"SNMPv2-SMI{end}").exists()
               for one in folders for end in ("", ".txt")):
        return None
    return ":".join([str(pathlib.Path(agent.binary()).parent / "mibs"), *folders])


def text(oid):
    return "." + ".".join(map(str, oid))


def run(name, *arguments, timeout=60, prefix=()):
    return subprocess.run([*prefix, tool(name), *map(str, arguments)], capture_output=True,
                          text=True, timeout=timeout, env={**os.environ, "MIBS": ""}, check=False)


VARBIND = re.compile(r"^(\.[0-9.]+) = (?:([A-Za-z0-9-]+): ?)?(.*)$")


def convert(kind, value):
    """Numbers as int, octets as bytes, object identifiers as tuples, exceptions as None."""
    if kind in ("INTEGER", "Counter64", "Counter32", "Gauge32", "Unsigned32"):
        return int(value)
    if kind == "Timeticks":
        return int(re.match(r"\((\d+)\)", value).group(1))
    if kind == "Hex-STRING":
        return bytes.fromhex(value)
    if kind == "OID":
        return tuple(int(part) for part in value.lstrip(".").split("."))
    if kind is None and value == '""':
        return b""
    assert kind is None and value.startswith("No "), f"{kind}: {value}"
    return None


def parse(output):
    """{oid: (type, value)} in the order that the tool printed; long values span lines."""
    lines = []
    for line in output.splitlines():
        if "= No more variables left" in line:  # the end of a walk, not a variable
            continue
        if line.startswith("."):
            lines.append(line)
        elif lines:
            lines[-1] += " " + line
    found = {}
    for line in lines:
        match = VARBIND.match(line)
        assert match, f"not a variable binding: {line}"
        oid = tuple(int(part) for part in match.group(1).lstrip(".").split("."))
        assert oid not in found, f"twice: {line}"
        found[oid] = (match.group(2), convert(match.group(2), match.group(3).strip()))
    return found


def descriptions():
    """The descriptions of all families, from the program that prints them."""
    build = os.environ.get("IPTALLY_BUILD") or str(pathlib.Path(agent.binary()).parent)
    done = subprocess.run([f"{build}/tests/tools/describe"], capture_output=True, check=True)
    return json.loads(done.stdout)


class Manager:
    """Asks one agent, from within a namespace where one is named."""

    def __init__(self, address, access=V2C, namespace=None):
        self.address = address
        self.access = access
        self._prefix = namespace.command() if namespace else ()

    def tool(self, name, *arguments, options=(), timeout=60):
        return run(name, *self.access, "-On", "-Ox", "-t2", "-r2", *options, self.address,
                   *arguments, timeout=timeout, prefix=self._prefix)

    def get(self, *oids):
        """The values in order; None for what is not there."""
        done = self.tool("snmpget", *map(text, oids))
        assert done.returncode == 0, done.stderr
        return [value for _, value in parse(done.stdout).values()]

    def walk(self, oid=ROOT, name="snmpbulkwalk", options=()):
        """{oid: (type, value)}; the tool itself and this check that it ascends."""
        done = self.tool(name, text(oid), options=options)
        assert done.returncode == 0, done.stderr
        found = {one: what for one, what in parse(done.stdout).items() if what[1] is not None}
        assert list(found) == sorted(found)
        return found

    def rows(self, family):
        """{index: {field: value}} of a family's table, by its description."""
        described = next(one for one in descriptions()["families"] if one["name"] == family)
        entry = OBJECTS + (described["subtree"], 1)
        names = {field["column"]: field["name"] for field in described["fields"] if field["snmp"]}
        found = {}
        for oid, (_, value) in self.walk(entry).items():
            column, index = oid[len(entry)], oid[len(entry) + 1:]
            if column in names:
                found.setdefault(index, {})[names[column]] = value
        return found

    def is_there(self, oid=SYS_UPTIME):
        """One try, without waiting long."""
        done = run("snmpget", *self.access, "-On", "-Ox", "-t1", "-r0", self.address, text(oid))
        return done.returncode == 0 and list(parse(done.stdout).values())[0][1] is not None

    def wait(self, oid, seconds=30):
        agent.wait_until(lambda: self.is_there(oid), seconds, f"{text(oid)} at {self.address}")


class Snmpd:
    """A snmpd of its own: configuration, socket, log and state in a folder that goes with it."""

    def __init__(self):
        # The agent drops its privileges before it connects, so the folder is open to all.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="iptally-snmpd-"))
        self.folder.chmod(0o755)
        self.socket = self.folder / "agentx"
        self.port = agent.free_port(socket.SOCK_DGRAM)
        self.manager = Manager(f"127.0.0.1:{self.port}")
        (self.folder / "snmpd.conf").write_text(
            "rocommunity public\n"
            "master agentx\n"
            f"agentXSocket unix:{self.socket}\n"
            "agentXPerms 0777 0755\n"
            "dontLogTCPWrappersConnects yes\n")
        self.process = None

    def start(self):
        state = str(self.folder / "state")
        self.process = subprocess.Popen(
            [tool("snmpd"), "-f", "-Lf", str(self.folder / "log"), "-C",
             "-c", str(self.folder / "snmpd.conf"), "-I", "-smux", f"udp:127.0.0.1:{self.port}"],
            env={**os.environ, "MIBS": "", "SNMP_PERSISTENT_DIR": state, "SNMPCONFPATH": state},
            stdin=subprocess.DEVNULL)
        self.manager.wait(SYS_UPTIME)
        return self

    def kill(self):
        """At once, without a word to anybody."""
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()
        self.process = None

    def hang(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process:
            self.kill()
        shutil.rmtree(self.folder)


class Relay:
    """Between a manager and an agent on loopback: keeps the agent's answers as they were on the wire."""

    def __init__(self, port):
        self.answers = []
        self._agent = ("127.0.0.1", port)
        self._ours = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._ours.bind(("127.0.0.1", 0))
        self.address = f"udp:127.0.0.1:{self._ours.getsockname()[1]}"
        self._thread = threading.Thread(target=self._relay)

    def _relay(self):
        manager = None
        while True:
            datagram, sender = self._ours.recvfrom(1 << 16)
            if sender == self._ours.getsockname():
                return
            if sender == self._agent:
                self.answers.append(datagram)
                self._ours.sendto(datagram, manager)
            else:
                manager = sender
                self._ours.sendto(datagram, self._agent)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ours.sendto(b"", self._ours.getsockname())
        self._thread.join()
        self._ours.close()
