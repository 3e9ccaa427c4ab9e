"""What Wireshark's programs say about captures: the truth of the differential test.

All frames of all files go through one tshark: copied into one pcapng, an interface a file.
"""

import csv
import pathlib
import subprocess
from collections import Counter
from dataclasses import dataclass

from lib import capture, capture_reader

# Nothing that looks beyond one frame; no guessing of protocols by content.
PREFERENCES = ("ip.defragment:FALSE", "ipv6.defragment:FALSE", "tcp.desegment_tcp_streams:FALSE",
               "ip.check_checksum:TRUE")
BAD = "0"  # of ip.checksum.status
FIELDS = (
    "frame.interface_id frame.len frame.cap_len frame.protocols sll.pkttype "
    "ip.proto ip.src ip.dst ip.id ip.frag_offset ip.flags.mf ip.checksum ip.checksum.status "
    "ipv6.nxt ipv6.src ipv6.dst ipv6.hopopts.nxt ipv6.routing.nxt ipv6.dstopts.nxt "
    "ipv6.fraghdr.nxt ipv6.fraghdr.offset ipv6.fraghdr.more ipv6.fraghdr.ident "
    "tcp.srcport tcp.dstport tcp.flags tcp.seq_raw udp.srcport udp.dstport _ws.malformed"
).split()
PROTOCOLS = {1: "icmp", 2: "igmp", 6: "tcp", 17: "udp", 47: "gre", 50: "esp", 51: "ah",
             58: "icmpv6", 89: "ospf", 103: "pim", 132: "sctp"}
EXTENSIONS = {0: "ipv6.hopopts.nxt", 43: "ipv6.routing.nxt", 44: "ipv6.fraghdr.nxt",
              60: "ipv6.dstopts.nxt"}


@dataclass
class Told:
    """What tshark tells of one frame."""

    length: int
    network: str = "other"
    protocol: str = "none"
    ends: tuple = None  # source and destination address, of IP
    ports: tuple = None
    tcp_flags: int = None
    syn: tuple = None  # of a SYN without ACK and RST: ends and sequence number
    fragment: tuple = None  # key of the datagram
    later_fragment: bool = False
    transmitted: bool = False
    bad_checksum: bool = False  # of IPv4's header, but for 0, which hardware was to fill


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def capinfos(paths):
    """{name: (frames, bytes)} of those that Wireshark can read."""
    done = subprocess.run(["capinfos", "-TmQcd", *map(str, paths)], check=False,
                          capture_output=True, text=True)
    rows = csv.DictReader(done.stdout.splitlines())
    return {pathlib.Path(row["File name"]).name:
            (int(row["Number of packets"]), int(row["Data size (bytes)"])) for row in rows}


def dissect(paths, scratch):
    """{name: [Told, ...]}, frame by frame."""
    links, frames = [], []
    for interface, path in enumerate(paths):
        reading = capture_reader.read(path)
        links.append(reading.links[0])
        frames += [capture.Frame(one.data, one.length, None, interface) for one in reading.frames]
    merged = capture.write(scratch, capture.capture(links, frames, format="pcapng"))
    options = [word for name in PREFERENCES for word in ("-o", name)]
    options += [word for name in FIELDS for word in ("-e", name)]
    told = {path.name: [] for path in paths}
    for line in run("tshark", "-nr", merged, *options, "-T", "fields").splitlines():
        row = dict(zip(FIELDS, line.split("\t")))
        told[paths[int(row["frame.interface_id"])].name].append(tell(row))
    return told


def tell(row):
    """Of the outermost IP packet: a field's first occurrence is the outermost."""
    told = Told(length=int(row["frame.len"]), transmitted=first(row, "sll.pkttype") == "4")
    for name in row["frame.protocols"].split(":"):
        if name in ("ip", "ipv6"):
            told.network = {"ip": "ipv4", "ipv6": "ipv6"}[name]
            break
        if name == "arp":
            told.network = "arp"
            return told
    else:
        return told
    number = ipv4(row, told) if told.network == "ipv4" else ipv6(row, told)
    told.protocol = PROTOCOLS.get(number, "other")
    version = "ip" if told.network == "ipv4" else "ipv6"
    told.ends = first(row, f"{version}.src"), first(row, f"{version}.dst")
    name = told.protocol
    if name in ("tcp", "udp") and first(row, f"{name}.srcport") and not told.later_fragment:
        told.ports = int(first(row, f"{name}.srcport")), int(first(row, f"{name}.dstport"))
    if name == "tcp" and told.ports and first(row, "tcp.flags"):
        told.tcp_flags = int(first(row, "tcp.flags"), 16)
        if told.tcp_flags & 0x16 == 0x02:
            told.syn = told.ends, told.ports, first(row, "tcp.seq_raw")
    return told


def first(row, name):
    return row[name].split(",")[0]


def ipv4(row, told):
    offset, more = int(first(row, "ip.frag_offset") or 0), first(row, "ip.flags.mf")
    told.bad_checksum = (first(row, "ip.checksum.status") == BAD
                         and int(first(row, "ip.checksum"), 16) != 0)
    if offset or more in ("1", "True"):
        told.fragment = (first(row, "ip.src"), first(row, "ip.dst"), first(row, "ip.id"),
                         first(row, "ip.proto"))
        told.later_fragment = offset > 0
    return int(first(row, "ip.proto") or 255)


def ipv6(row, told):
    """Along the chain: the n-th header of a kind is the n-th occurrence of its field."""
    number, seen = int(first(row, "ipv6.nxt") or 59), Counter()
    while number in EXTENSIONS:
        values = [one for one in row[EXTENSIONS[number]].split(",") if one]
        if seen[number] >= len(values):
            break
        if number == 44:
            told.later_fragment = int(first(row, "ipv6.fraghdr.offset") or 0) > 0
            if told.later_fragment or first(row, "ipv6.fraghdr.more") in ("1", "True"):
                told.fragment = (first(row, "ipv6.src"), first(row, "ipv6.dst"),
                                 first(row, "ipv6.fraghdr.ident"))
        seen[number] += 1
        number = int(values[seen[number] - 1])
        if told.later_fragment:
            break
    return number


def segments(path):
    """(sent again, out of order, closed window) by Wireshark's TCP analysis of one file, or None
    where it cannot read it."""
    kinds = ["retransmission", "fast_retransmission", "spurious_retransmission", "out_of_order",
             "zero_window"]
    command = ["tshark", "-n", "-r", str(path), "-o", "ip.defragment:FALSE", "-Y", "tcp", "-T",
               "fields", "-E", "occurrence=f"]
    for kind in kinds:
        command += ["-e", f"tcp.analysis.{kind}"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        return None
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return (sum(any(row[:3]) for row in rows), sum(bool(row[3]) for row in rows),
            sum(bool(row[4]) for row in rows))
