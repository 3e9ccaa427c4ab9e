"""The interface registry (src/netif) against a real kernel, in network namespaces.

tests/tools/netif_watch.c is built here with the sanitizers and tells what it sees as JSON lines.
It runs under nsenter, which leaves /sys as it is: nothing may be read there.
"""

import json
import os
import pathlib
import queue
import subprocess
import threading
import time

import pytest

from lib import netns

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PATIENCE = 10


@pytest.fixture(scope="module")
def tool(tmp_path_factory):
    path = tmp_path_factory.mktemp("netif") / "netif_watch"
    sources = [SOURCE / "tests/tools/netif_watch.c", *sorted(SOURCE.glob("src/netif/*.c")),
               *(SOURCE / "src/base" / name for name in ("buffer.c", "error.c", "log.c", "utf8.c"))]
    subprocess.run([os.environ.get("CC", "cc"), "-std=gnu17", "-D_GNU_SOURCE", "-g", "-O1",
                    "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
                    f"-I{SOURCE}/src", "-o", path, *sources, "-lmnl", "-pthread"], check=True)
    path.parent.chmod(0o755)
    return path


def inside(namespace, *command):
    return ["nsenter", f"--net=/run/netns/{namespace.name}", *map(str, command)]


def ip(namespace, *words, **more):
    return netns.run("ip", "-n", namespace.name, *words, **more)


def ip_json(namespace, *words):
    return json.loads(ip(namespace, "-s", "-s", "-j", *words).stdout)


def ifindex(namespace, name):
    return ip_json(namespace, "link", "show", name)[0]["ifindex"]


ECHO = """
import socket, sys
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind((sys.argv[1], 7))
print("ready", flush=True)
for _ in range(int(sys.argv[2])):
    server.sendto(*server.recvfrom(2000))
"""

ASKER = """
import socket, sys
asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asker.settimeout(10)
asker.connect((sys.argv[1], 7))
for _ in range(int(sys.argv[2])):
    asker.send(bytes(int(sys.argv[3])))
    asker.recv(2000)
"""

SENDER = """
import socket, sys
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(int(sys.argv[2])):
    sender.sendto(b"", (sys.argv[1], 9))
"""


def echo(veth, times, size=56):
    """Datagrams from a to b and back, one after the other; all of them have arrived at the end."""
    with veth.b.popen("python3", "-c", ECHO, veth.b.address, times, stdout=subprocess.PIPE,
                      text=True) as server:
        try:
            assert server.stdout.readline() == "ready\n"
            veth.a.run("python3", "-c", ASKER, veth.b.address, times, size)
            assert server.wait(PATIENCE) == 0
        finally:
            server.kill()


class Watch:
    """netif_watch in a namespace: its events as they come, its statuses on demand."""

    def __init__(self, tool, namespace, *arguments):
        self.process = subprocess.Popen(inside(namespace, tool, *arguments), text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        self.lines = queue.Queue()
        self.pending = []
        self.log = []
        self.readers = [threading.Thread(target=self._read, daemon=True),
                        threading.Thread(target=self._read_log, daemon=True)]
        for reader in self.readers:
            reader.start()
        self.answers("start")

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(json.loads(line))
        self.lines.put(None)

    def _read_log(self):
        self.log.extend(self.process.stderr)

    def _next(self, end):
        line = self.lines.get(timeout=max(0.001, end - time.monotonic()))
        assert line is not None, "".join(self.log)
        return line

    def answers(self, last):
        """Lines up to {"end": last}; events among them are kept for event()."""
        end, found = time.monotonic() + PATIENCE, []
        while True:
            line = self._next(end)
            if "event" in line:
                self.pending.append(line)
            else:
                found.append(line)
                if line.get("end") == last:
                    return found

    def event(self, kind, **expected):
        """The next event, which must be this one."""
        line = self.pending.pop(0) if self.pending else None
        end = time.monotonic() + PATIENCE
        while line is None or "event" not in line:
            line = self._next(end)
        assert {"event": kind, **expected}.items() <= line.items(), line
        return line

    def no_events(self):
        """None is left after everything that the kernel has told was looked at."""
        self.statuses()
        assert self.pending == []

    def say(self, command):
        print(command, file=self.process.stdin, flush=True)

    def statuses(self):
        self.say("status")
        answer = self.answers("status")
        assert answer[-1]["refreshed"], answer[-1]
        return {line["status"]["ifindex"]: line["status"] for line in answer[:-1]}

    def until(self, index, **expected):
        """The status of an ifindex once it has these values."""
        end = time.monotonic() + PATIENCE
        while True:
            status = self.statuses().get(index, {})
            if expected.items() <= status.items():
                return status
            assert time.monotonic() < end, status

    def stop(self):
        """Its own measure of how long the stop took, in seconds."""
        self.say("quit")
        took = self.answers("stop")[-1]["took_us"] / 1e6
        assert self.process.wait(PATIENCE) == 0, "".join(self.log)
        return took

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for reader in self.readers:
            reader.join()


@pytest.fixture
def watch(tool):
    started = []

    def start(namespace, *arguments):
        started.append(Watch(tool, namespace, *arguments))
        return started[-1]

    yield start
    try:
        for one in started:
            if one.process.poll() is None:
                one.stop()
    finally:
        for one in started:
            one.close()


def ask(tool, namespace, *arguments):
    return subprocess.run(inside(namespace, tool, *arguments), capture_output=True, text=True,
                          check=False)


def test_the_list_is_that_of_ip(tool, veth):
    ip(veth.a, "link", "set", veth.a.interface, "alias", "to the \u00abISP\u00bb")
    ip(veth.a, "tuntap", "add", "dev", "tun7", "mode", "tun")
    found = [json.loads(line) for line in ask(tool, veth.a, "--list").stdout.splitlines()]
    expected = ip_json(veth.a, "link")
    assert [one["ifindex"] for one in found] == sorted(one["ifindex"] for one in expected)
    for one, other in zip(found, sorted(expected, key=lambda link: link["ifindex"])):
        assert one["name"] == other["ifname"]
        assert one["mtu"] == other["mtu"]
        assert one["up"] == ("UP" in other["flags"])
        assert one["running"] == ("UP" in other["flags"] and
                                  other["operstate"] in ("UP", "UNKNOWN"))
        assert one["loopback"] == ("LOOPBACK" in other["flags"])
        assert one["link_type"] == other["link_type"]
        assert one["alias"] == other.get("ifalias", "")
        if other["link_type"] in ("ether", "loopback"):
            assert one["address"] == other["address"]


def test_an_interface_that_is_not_there_is_answered_with_those_that_are(tool, veth):
    names = ", ".join(link["ifname"] for link in sorted(ip_json(veth.a, "link"),
                                                        key=lambda link: link["ifindex"]))
    for name in ("eth7", "", "a-name-that-is-longer-than-any", "x" * 200, "../lo"):
        asked = ask(tool, veth.a, "--find", name)
        assert asked.returncode == 2
        assert asked.stderr == f"no such interface: {name}; there are: {names}\n"


def test_an_interface_is_found_by_its_name_and_by_an_alternative_one(tool, veth):
    index = ifindex(veth.a, veth.a.interface)
    ip(veth.a, "link", "property", "add", "dev", veth.a.interface,
       "altname", "an-alternative-name-of-it")
    for name in (veth.a.interface, "an-alternative-name-of-it"):
        found = json.loads(ask(tool, veth.a, "--find", name).stdout)
        assert (found["ifindex"], found["name"]) == (index, veth.a.interface)


def test_the_default_route_with_the_lowest_metric_names_the_interface(tool, veth):
    def chosen():
        return json.loads(ask(tool, veth.a, "--default-route").stdout)["name"]

    asked = ask(tool, veth.a, "--default-route")
    assert asked.returncode == 2
    assert "no default route" in asked.stderr and "-i" in asked.stderr

    veth.a.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=0",
               "net.ipv6.conf.default.disable_ipv6=0")
    for name in ("d1", "d2", "d6"):
        ip(veth.a, "link", "add", name, "type", "ifb")
        ip(veth.a, "link", "set", name, "up")
    ip(veth.a, "-6", "route", "add", "unreachable", "default", "metric", "1")
    assert ask(tool, veth.a, "--default-route").returncode == 2
    ip(veth.a, "-6", "route", "add", "default", "dev", "d6")
    assert chosen() == "d6"
    ip(veth.a, "route", "add", "default", "dev", "d1", "table", "77")
    assert chosen() == "d6"
    ip(veth.a, "route", "add", "default", "via", "10.77.0.2", "metric", "200")
    assert chosen() == veth.a.interface
    ip(veth.a, "route", "add", "default", "dev", "d1", "metric", "100")
    assert chosen() == "d1"
    ip(veth.a, "route", "add", "default", "nexthop", "dev", "d2", "nexthop", "dev", "d1")
    assert chosen() == "d2"
    ip(veth.a, "route", "add", "unreachable", "default", "metric", "0", "table", "78")
    assert chosen() == "d2"


def test_counters_are_the_differences_of_the_kernels_without_privileges(watch, veth):
    def counted(link):
        return {"rx": {name: link["stats64"]["rx"][name] for name in names["rx"]},
                "tx": {name: link["stats64"]["tx"][name] for name in names["tx"]}}

    names = {"rx": ("packets", "bytes", "errors", "dropped", "multicast"),
             "tx": ("packets", "bytes", "errors", "dropped")}
    echo(veth, 3)
    index = ifindex(veth.a, veth.a.interface)
    before = counted(ip_json(veth.a, "link", "show", veth.a.interface)[0])
    watched = watch(veth.a, "--unprivileged", veth.a.interface)
    assert watched.statuses()[index]["rx"]["packets"] == 0
    for size in (0, 100, 1400):
        echo(veth, 20, size)
        # Right after the traffic: the refresh must not show what was known a second ago.
        status = watched.statuses()[index]
        after = counted(ip_json(veth.a, "link", "show", veth.a.interface)[0])
        for way in ("rx", "tx"):
            assert status[way] == {name: after[way][name] - before[way][name]
                                   for name in names[way]}
    assert status["rx"]["packets"] >= 60


def test_what_the_interface_drops_is_counted(watch, veth):
    """An ifb device drops what was not redirected to it, and says so as received and dropped."""
    ip(veth.a, "link", "add", "d1", "type", "ifb")
    ip(veth.a, "link", "set", "d1", "up")
    ip(veth.a, "address", "add", "10.78.0.1/24", "dev", "d1")
    watched = watch(veth.a, "d1")
    veth.a.run("python3", "-c", SENDER, "10.78.0.2", 25)
    assert watched.until(ifindex(veth.a, "d1"))["rx"]["dropped"] == 25


def test_down_and_up_are_told(watch, veth):
    watched = watch(veth.a, veth.a.interface)
    index = ifindex(veth.a, veth.a.interface)
    assert watched.statuses()[index]["state"] == "up"
    for _ in range(5):
        ip(veth.a, "link", "set", veth.a.interface, "down")
        watched.event("went_down", ifindex=index, generation=1)
        assert watched.statuses()[index]["state"] == "down"
        ip(veth.a, "link", "set", veth.a.interface, "up")
        watched.event("went_up", ifindex=index, generation=1)
    watched.no_events()


def keep_busy(watched, veth, milliseconds):
    """The registry's thread looks at nothing for a while: it is held in the sink of an event."""
    ip(veth.a, "link", "add", "busy0", "type", "ifb")
    watched.say("watch busy0")
    watched.say(f"pause {milliseconds}")
    watched.answers("pause")
    ip(veth.a, "link", "set", "busy0", "name", "busy1")
    watched.event("renamed")


def test_a_flap_is_told_however_short(watch, veth):
    watched = watch(veth.a, veth.a.interface)
    flaps = f"link set {veth.a.interface} down\nlink set {veth.a.interface} up\n"
    keep_busy(watched, veth, 500)
    subprocess.run(["ip", "-n", veth.a.name, "-batch", "-"], input=flaps, text=True, check=True)
    watched.event("went_down")
    watched.event("went_up")
    watched.no_events()


def test_a_lost_carrier_is_seen_while_the_interface_stays_up(watch, veth):
    watched = watch(veth.a, veth.a.interface)
    index = ifindex(veth.a, veth.a.interface)
    assert watched.until(index, running=True)["speed_bytes"] == 10_000 * 125_000  # veth says 10G
    ip(veth.b, "link", "set", veth.b.interface, "down")
    assert watched.until(index, running=False)["state"] == "up"
    ip(veth.b, "link", "set", veth.b.interface, "up")
    watched.until(index, running=True, state="up")
    watched.no_events()


def test_mtu_address_and_alias_are_followed(watch, veth):
    watched = watch(veth.a, veth.a.interface)
    index = ifindex(veth.a, veth.a.interface)
    ip(veth.a, "link", "set", veth.a.interface, "mtu", 9000)
    watched.until(index, mtu=9000)
    ip(veth.a, "link", "set", veth.a.interface, "address", "02:00:5e:10:00:07")
    watched.until(index, address="02:00:5e:10:00:07")
    ip(veth.a, "link", "set", veth.a.interface, "alias", "uplink")
    watched.until(index, alias="uplink")
    watched.no_events()


def test_a_rename_keeps_identity_and_counters(watch, veth):
    watched = watch(veth.a, veth.a.interface)
    index = ifindex(veth.a, veth.a.interface)
    echo(veth, 5)
    before = watched.statuses()[index]
    assert before["tx"]["packets"] >= 5
    ip(veth.a, "link", "set", veth.a.interface, "name", "wan0")
    watched.event("renamed", ifindex=index, name="wan0", previous_name=veth.a.interface,
                  generation=1)
    after = watched.statuses()[index]
    assert after["name"] == "wan0" and after["generation"] == 1
    assert after["tx"]["packets"] >= before["tx"]["packets"]
    watched.no_events()


def recreate(veth, *more):
    ip(veth.a, "link", "delete", veth.a.interface)
    ip(veth.a, "link", "add", veth.a.interface, *more, "type", "veth",
       "peer", "name", veth.b.interface, "netns", veth.b.name)
    for one in (veth.a, veth.b):
        ip(one, "address", "add", f"{one.address}/24", "dev", one.interface)
        ip(one, "link", "set", one.interface, "up")


def test_a_name_that_returns_is_a_new_interface_from_zero(watch, veth):
    watched = watch(veth.a, veth.a.interface)
    old = ifindex(veth.a, veth.a.interface)
    echo(veth, 5)
    last = watched.statuses()[old]["tx"]

    ip(veth.a, "link", "delete", veth.a.interface)
    watched.event("went_down", ifindex=old)
    watched.event("lost", ifindex=old, name=veth.a.interface, generation=1)
    assert watched.statuses()[old]["state"] == "absent"
    ip(veth.a, "link", "add", veth.a.interface, "type", "veth",
       "peer", "name", veth.b.interface, "netns", veth.b.name)
    new = ifindex(veth.a, veth.a.interface)
    assert new != old
    watched.event("returned", ifindex=new, previous_ifindex=old, generation=2,
                  name=veth.a.interface)
    for one in (veth.a, veth.b):
        ip(one, "address", "add", f"{one.address}/24", "dev", one.interface)
        ip(one, "link", "set", one.interface, "up")
    watched.event("went_up", ifindex=new, generation=2)

    watched.until(new, running=True, speed_bytes=10_000 * 125_000)
    echo(veth, 2)
    statuses = watched.statuses()
    kernel = ip_json(veth.a, "link", "show", veth.a.interface)[0]["stats64"]
    assert statuses[new]["tx"]["packets"] == kernel["tx"]["packets"]
    assert statuses[new]["rx"]["bytes"] == kernel["rx"]["bytes"]
    assert statuses[old]["tx"] == last and statuses[old]["state"] == "absent"
    watched.no_events()


def test_the_same_ifindex_that_returns_is_a_new_generation(watch, veth):
    watched = watch(veth.a, veth.a.interface)
    index = ifindex(veth.a, veth.a.interface)
    echo(veth, 5)
    before = watched.statuses()[index]["tx"]["packets"]
    recreate(veth, "index", index)
    assert ifindex(veth.a, veth.a.interface) == index
    watched.event("went_down", ifindex=index)
    watched.event("lost", ifindex=index)
    watched.event("returned", ifindex=index, previous_ifindex=index, generation=2)
    watched.event("went_up", ifindex=index)
    watched.until(index, running=True)
    echo(veth, 2)
    statuses = watched.statuses()
    assert statuses[index]["tx"]["packets"] >= before + 2
    assert len(statuses) == 1


def test_the_same_ifindex_that_returns_unseen_is_a_new_generation(watch, veth):
    """Only the kernel's news tell: each answer before and after names the same interface."""
    watched = watch(veth.a, veth.a.interface)
    index = ifindex(veth.a, veth.a.interface)
    keep_busy(watched, veth, 1500)
    recreate(veth, "index", index)
    watched.event("went_down", ifindex=index)
    watched.event("lost", ifindex=index)
    watched.event("returned", ifindex=index, previous_ifindex=index, generation=2)
    watched.event("went_up", ifindex=index)
    watched.no_events()


def test_an_interface_that_visits_another_namespace_is_lost_and_comes_back(watch, veth):
    watched = watch(veth.a, veth.a.interface)
    index = ifindex(veth.a, veth.a.interface)
    ip(veth.a, "link", "set", veth.a.interface, "netns", veth.b.name)
    watched.event("went_down")
    watched.event("lost", ifindex=index)
    ip(veth.b, "link", "set", veth.a.interface, "netns", veth.a.name)
    watched.event("returned", previous_ifindex=index, generation=2)
    ip(veth.a, "link", "set", veth.a.interface, "up")
    watched.event("went_up")
    watched.no_events()


def test_another_interface_that_is_given_the_lost_name_takes_its_place(watch, veth):
    watched = watch(veth.a, veth.a.interface)
    old = ifindex(veth.a, veth.a.interface)
    ip(veth.a, "link", "delete", veth.a.interface)
    watched.event("went_down")
    watched.event("lost")
    ip(veth.a, "link", "add", "tmp0", "type", "ifb")
    ip(veth.a, "link", "property", "add", "dev", "tmp0", "altname", veth.a.interface)
    watched.no_events()  # an alternative name is not the name
    ip(veth.a, "link", "property", "del", "dev", "tmp0", "altname", veth.a.interface)
    ip(veth.a, "link", "set", "tmp0", "name", veth.a.interface)
    watched.event("returned", previous_ifindex=old, ifindex=ifindex(veth.a, veth.a.interface))
    watched.no_events()


def test_a_watched_interface_that_is_given_a_lost_name_stays_itself(watch, veth):
    ip(veth.a, "link", "add", "d1", "type", "ifb")
    watched = watch(veth.a, veth.a.interface, "d1")
    index = ifindex(veth.a, "d1")
    ip(veth.a, "link", "delete", veth.a.interface)
    watched.event("went_down")
    watched.event("lost")
    ip(veth.a, "link", "set", "d1", "name", veth.a.interface)
    watched.event("renamed", ifindex=index, previous_name="d1", generation=1)
    watched.no_events()
    assert watched.statuses()[index]["generation"] == 1


def test_a_name_that_is_not_there_yet_is_waited_for(watch, veth):
    watched = watch(veth.a, "ppp7")
    assert watched.statuses()[0]["state"] == "absent"
    ip(veth.a, "link", "add", "ppp7", "type", "ifb")
    index = ifindex(veth.a, "ppp7")
    watched.event("returned", ifindex=index, previous_ifindex=0, generation=1)
    ip(veth.a, "link", "set", "ppp7", "up")
    watched.event("went_up", ifindex=index)
    assert list(watched.statuses()) == [index]


def test_an_interface_that_returns_many_times_needs_no_more_places(watch, veth):
    """The tool has eight; the statuses of the oldest lost ones make room."""
    watched = watch(veth.a, "lo", "d1")
    for generation in range(1, 21):
        ip(veth.a, "link", "add", "d1", "type", "ifb")
        index = ifindex(veth.a, "d1")
        watched.event("returned", ifindex=index, generation=generation)
        ip(veth.a, "link", "delete", "d1")
        watched.event("lost", ifindex=index)
    statuses = watched.statuses()
    assert len(statuses) == 8
    assert max(statuses) == index
    assert statuses[ifindex(veth.a, "lo")]["state"] == "up"


def test_a_port_that_leaves_its_bridge_is_not_lost(watch, veth):
    watched = watch(veth.a, veth.a.interface)
    ip(veth.a, "link", "add", "br7", "type", "bridge")
    for _ in range(3):
        ip(veth.a, "link", "set", veth.a.interface, "master", "br7")
        ip(veth.a, "link", "set", veth.a.interface, "nomaster")
    ip(veth.a, "link", "delete", "br7")
    watched.no_events()
    assert watched.statuses()[ifindex(veth.a, veth.a.interface)]["state"] == "up"


def test_news_that_overrun_the_socket_lose_nothing(watch, veth):
    watched = watch(veth.a, veth.a.interface)
    old = ifindex(veth.a, veth.a.interface)
    ip(veth.a, "link", "add", "d1", "type", "ifb")
    storm = "".join(f"link set d1 mtu {1000 + i}\n" for i in range(1000))

    keep_busy(watched, veth, 3000)
    subprocess.run(["ip", "-n", veth.a.name, "-batch", "-"], input=storm, text=True, check=True)
    recreate(veth)
    new = ifindex(veth.a, veth.a.interface)
    watched.event("lost", ifindex=old)
    watched.event("returned", ifindex=new, previous_ifindex=old)
    watched.event("went_up", ifindex=new)
    watched.no_events()
    if not any("overran" in line for line in watched.log):
        pytest.skip("the machine was too slow to overrun the socket")


def test_the_thread_stops_at_once_even_in_a_storm(watch, veth):
    watched = watch(veth.a, veth.a.interface)
    ip(veth.a, "link", "add", "d1", "type", "ifb")
    storm = "".join(f"link set d1 mtu {1000 + i % 500}\n" for i in range(20000))
    with subprocess.Popen(["ip", "-n", veth.a.name, "-batch", "-"], stdin=subprocess.PIPE,
                          text=True) as batch:
        feeder = threading.Thread(target=feed, args=(batch, storm))
        feeder.start()
        start = ip_json(veth.a, "link", "show", "d1")[0]["mtu"]
        while ip_json(veth.a, "link", "show", "d1")[0]["mtu"] == start:
            pass
        took = watched.stop()
        batch.kill()
        feeder.join()
    assert took < 0.1


def feed(batch, text):
    try:
        batch.stdin.write(text)
        batch.stdin.close()
    except BrokenPipeError:
        pass
