"""The Prometheus text format, read into {(name, labels): value}; and the sums that must close.

labels are a sorted tuple of pairs, so that two readings compare as dictionaries.
"""

import re

LINE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([^ ]+)$")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(?:,|$)')
ESCAPES = {"\\n": "\n", '\\"': '"', "\\\\": "\\"}


def parse(text):
    """Every series of an exposition. A line that is none, or stands twice, is an error."""
    series = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        key, value = parse_line(line)
        if key in series:
            raise ValueError(f"series twice: {line}")
        series[key] = value
    return series


def read(text):
    """What the agent printed: the sums close in all of it, always."""
    series = parse(text)
    assert sums_that_do_not_close(series) == []
    return series


def parse_line(line):
    match = LINE.match(line)
    if not match:
        raise ValueError(f"not a sample: {line}")
    name, inside, value = match.groups()
    pairs, at = [], 0
    while inside and at < len(inside):
        pair = LABEL.match(inside, at)
        if not pair:
            raise ValueError(f"bad labels: {line}")
        pairs.append((pair[1], re.sub(r"\\.", lambda m: ESCAPES[m[0]], pair[2])))
        at = pair.end()
    return (name, tuple(sorted(pairs))), number(value)


def number(text):
    """Whole numbers exactly; anything else as a float."""
    return int(text) if re.fullmatch(r"-?\d+", text) else float(text)


def show(key, value=None):
    name, pairs = key
    inside = ",".join(f'{label}="{text}"' for label, text in pairs)
    line = f"{name}{{{inside}}}" if inside else name
    return line if value is None else f"{line} {value}"


def value(series, name, **labels):
    """One series; 0 where it is not shown."""
    return series.get((name, tuple(sorted(labels.items()))), 0)


def total(series, name, **labels):
    """The sum over all series of this name that have these labels."""
    wanted = set(labels.items())
    return sum(v for (n, pairs), v in series.items() if n == name and wanted <= set(pairs))


def interfaces(series):
    name = "iptally_interface_receive_packets_total"
    return sorted(dict(pairs)["interface"] for n, pairs in series if n == name)


UNITS = {f"{short}_{unit}": f"{way}_{unit}_total"
         for short, way in (("rx", "receive"), ("tx", "transmit")) for unit in ("packets", "bytes")}


def counted(series, interface):
    """What was captured of an interface, by the names that sysfs has for the kernel's counters."""
    return {name: value(series, f"iptally_interface_{metric}", interface=interface)
            for name, metric in UNITS.items()}


def kernel_counted(series, interface):
    """The kernel's own counters as the agent shows them, since it opened the interface."""
    return {name: value(series, f"iptally_interface_kernel_{metric}", interface=interface)
            for name, metric in UNITS.items()}


def sums_that_do_not_close(series):
    """README, "Sums close": one line for each equation that fails; empty when all hold."""
    failed = []

    def equal(what, a, b):
        if a != b:
            failed.append(f"{what}: {a} != {b}")

    of_each = {}
    for key, number in series.items():
        of_each.setdefault(dict(key[1]).get("interface"), {})[key] = number
    for interface in interfaces(series):
        series = of_each[interface]
        captured = 0
        not_retired = {unit: 0 for unit in ("packets", "bytes")}
        retired = {unit: total(series, f"iptally_slot_retired_{unit}_total", interface=interface,
                               table="port") for unit in not_retired}
        for way in ("receive", "transmit"):
            prefix = f"iptally_interface_{way}"
            where = f"{interface} {way}"
            sizes = f"{prefix}_packet_size_bytes"
            histogram = {"packets": "_count", "bytes": "_sum"}
            for unit in ("packets", "bytes"):
                whole = value(series, f"{prefix}_{unit}_total", interface=interface)
                protocols = f"iptally_protocol_{way}_{unit}_total"
                equal(f"{where} {unit}: sizes and interface",
                      value(series, sizes + histogram[unit], interface=interface), whole)
                equal(f"{where} {unit}: protocols and interface",
                      total(series, protocols, interface=interface), whole)
                if interface == "file":  # a file never holds super-frames
                    equal(f"{where} {unit}: on the wire",
                          value(series, f"{prefix}_wire_{unit}_total", interface=interface), whole)
                for protocol in ("tcp", "udp"):
                    of_ports = total(series, f"iptally_port_{way}_{unit}_total",
                                     interface=interface, protocol=protocol)
                    of_protocol = total(series, protocols, interface=interface, protocol=protocol)
                    not_retired[unit] += of_protocol - of_ports
                    if not retired[unit]:
                        equal(f"{where} {unit}: ports and {protocol}", of_ports, of_protocol)
            equal(f"{where}: the last bucket and the count",
                  value(series, sizes + "_bucket", interface=interface, le="+Inf"),
                  value(series, sizes + "_count", interface=interface))
            captured += value(series, f"{prefix}_packets_total", interface=interface)
        for unit in ("packets", "bytes"):
            ip = sum(total(series, f"iptally_protocol_{way}_{unit}_total", interface=interface,
                           network=network)
                     for way in ("receive", "transmit") for network in ("ipv4", "ipv6"))
            ends = {table: [total(series, f"iptally_{table}_{end}_{unit}_total",
                                  interface=interface) for end in pair]
                    for table, pair in (("host", ("receive", "transmit")),
                                        ("station", ("receive", "transmit")),
                                        ("conversation", ("initiator", "responder")))}
            gone = {table: total(series, f"iptally_slot_retired_{unit}_total",
                                 interface=interface, table=table) for table in ends}
            equal(f"{interface} {unit}: hosts and IP", sum(ends["host"]) + gone["host"], 2 * ip)
            equal(f"{interface} {unit}: conversations and IP",
                  sum(ends["conversation"]) + gone["conversation"], ip)
            for table in ("host", "station"):
                if not gone[table]:
                    equal(f"{interface} {unit}: both ends of {table}s", *ends[table])
        begun = {f"{table}s {way}": total(series, f"iptally_{table}_{way}_connections_total",
                                          interface=interface)
                 for table in ("port", "host") for way in ("receive", "transmit")}
        promoted = sum(total(series, "iptally_slot_promotions_total", interface=interface,
                             table=table) for table in ("port", "host"))
        if not promoted:  # what series had that are gone is told in packets and bytes alone
            equal(f"{interface} connections: towards hosts and by hosts",
                  begun["hosts receive"], begun["hosts transmit"])
            equal(f"{interface} connections: hosts and ports", begun["hosts receive"],
                  begun["ports receive"] + begun["ports transmit"])
        for unit, number in retired.items():
            equal(f"{interface} {unit}: retired and not shown by ports", number, not_retired[unit])
        equal(f"{interface}: captured and counted",
              value(series, "iptally_capture_packets_total", interface=interface), captured)
    return failed
