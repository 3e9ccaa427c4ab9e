"""Fixtures of the system tests: the agent's binary, network namespaces, the folder of captures."""

import os
import pathlib
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lib import agent, netns, traffic  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def built_agent():
    path = agent.binary()
    if not os.access(path, os.X_OK):
        pytest.exit(f"{path}: not there; build it, or name another one in IPTALLYD", returncode=2)
    return path


@pytest.fixture(scope="session")
def root():
    if os.geteuid() != 0:
        pytest.skip("needs root")


@pytest.fixture(scope="session")
def namespaces_work():
    why = netns.unavailable()
    if why:
        pytest.skip(why)


@pytest.fixture
def folder():
    """A folder in which everybody may create files, as the agent's user must."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o777)
        yield pathlib.Path(name)


@pytest.fixture
def veth(namespaces_work):
    """Two namespaces with a veth pair, offloads off."""
    with netns.Pair() as pair:
        yield pair


@pytest.fixture
def bridged(namespaces_work):
    """Two machines on a bridge in a third namespace, offloads off, all known to each other."""
    with netns.Bridged() as net:
        traffic.introduce(net.a, net.b, net.s)
        yield net


@pytest.fixture
def start_agent():
    """start_agent("-i", "lo") starts an agent; all of them are stopped and checked at the end."""
    started = []

    def start(*arguments, **more):
        one = agent.Agent(*arguments, **more)
        started.append(one)
        return one

    yield start
    try:
        for one in started:
            if one.process.poll() is None:
                one.stop()
    finally:
        for one in started:
            one.kill()


@pytest.fixture(scope="session")
def captures():
    folder = agent.captures_folder()
    if folder is None:
        pytest.skip("no folder of captures: name one in IPTALLY_CAPTURES")
    assert any(path.is_file() for path in folder.iterdir()), f"{folder} has no file in it"
    return folder
