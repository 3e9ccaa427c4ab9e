"""Reading an agent through net-snmp's own programs, by number, so that no MIB is needed."""

import json
import os
import pathlib
import re
import subprocess

ROOT = ".1.3.6.1.4.1.8072.9999.9999.10177"
LINE = re.compile(r"^(\.[0-9.]+) = (?:([A-Za-z0-9-]+): ?)?(.*)$")


def walk(address, under=ROOT, community="public", version="2c", timeout=30):
    """{OID as a tuple of numbers: (type, value as text)}, in the order of the walk."""
    command = ["snmpwalk" if version == "1" else "snmpbulkwalk", f"-v{version}", "-c", community,
               "-Onet", "-t", "5", "-r", "1", f"udp:{address}", under]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False,
                          env={**os.environ, "MIBS": ""})
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    found = {}
    for line in done.stdout.splitlines():
        match = LINE.match(line)
        if match:
            oid = tuple(int(part) for part in match[1].split(".")[1:])
            assert oid not in found, f"twice in one walk: {line}"
            found[oid] = (match[2], match[3])
    return found


def descriptions():
    """The descriptions of all families, from the program that prints them."""
    build = os.environ.get("IPTALLY_BUILD") or str(
        pathlib.Path(__file__).resolve().parents[2] / "build")
    done = subprocess.run([f"{build}/tests/tools/describe"], capture_output=True, check=True)
    return json.loads(done.stdout)


def root():
    return tuple(int(part) for part in ROOT.split(".")[1:])
