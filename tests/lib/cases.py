"""Golden cases: how they are read, and how they are compared."""

from dataclasses import dataclass, field

from lib import capture, frames, metrics

# Families in which a case lists every series that is not 0.
COMPLETE = (
    "iptally_interface_receive_packets", "iptally_interface_receive_bytes",
    "iptally_interface_receive_broadcast", "iptally_interface_receive_multicast",
    "iptally_interface_receive_bad_checksum",
    "iptally_interface_transmit_packets", "iptally_interface_transmit_bytes",
    "iptally_interface_transmit_broadcast", "iptally_interface_transmit_multicast",
    "iptally_protocol_", "iptally_port_", "iptally_decode_errors_", "iptally_capture_snapped_",
)


@dataclass
class Case:
    name: str
    capture: capture.Capture
    expected: dict
    arguments: list = field(default_factory=list)
    status: int = 0
    frames_readable: int = None  # how many frames a cut file still holds; None: all


def load(stem):
    """The case whose description is stem.py and whose truth is stem.metrics."""
    names = {**vars(frames), **vars(capture)}
    source = stem.with_suffix(".py")
    exec(compile(source.read_text(), source, "exec"), names)
    return Case(
        name=stem.name,
        capture=names["case"],
        expected=expected(stem.with_suffix(".metrics").read_text()),
        arguments=names.get("arguments", []),
        status=names.get("status", 0),
        frames_readable=names.get("frames_readable"),
    )


def expected(text):
    """Series as they are listed, with the label that all of them have."""
    return {with_interface(key): value for key, value in metrics.parse(text).items()}


def with_interface(key):
    name, pairs = key
    return name, tuple(sorted({"interface": "file", **dict(pairs)}.items()))


def is_complete(key):
    return key[0].startswith(COMPLETE)


def differences(wanted, found):
    """One line for each series that differs."""
    lines = [f"{metrics.show(key)}: {found.get(key, 'not shown')}, not {value}"
             for key, value in wanted.items() if found.get(key) != value]
    lines += [f"{metrics.show(key)}: {value}, not expected"
              for key, value in found.items() if value and key not in wanted and is_complete(key)]
    return sorted(lines)
