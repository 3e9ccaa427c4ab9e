"""How many bytes of a captured frame were never on a wire (README, "Frame bytes").

From the specifications of the link types (tcpdump.org/linktypes.html, radiotap.org), for the
reference counter and the differential test.
"""

# LINKTYPE: bytes of a header that has always the same size
FIXED = {0: 4, 108: 4, 113: 16, 276: 20, 8: 16, 102: 24, 109: 12, 123: 4, 204: 1, 205: 1, 206: 1,
         226: 24}


def pseudo_bytes(link, data, length):
    """Of a frame of this link type: its captured bytes and its length on the wire, as the file
    says. At most length."""
    if link in FIXED:
        found = FIXED[link]
    else:
        found = MEASURED[link](data, length) if link in MEASURED else 0
    return min(found, length)


def little(data, at, n=2):
    return int.from_bytes(data[at : at + n], "little")


def radiotap(data, length):
    """version, pad, length (2), present words; flags are field 1, behind an aligned field 0."""
    if len(data) < 8 or little(data, 2) < 8:
        return 0
    size = little(data, 2)
    at, present = 8, little(data, 4, 4)
    more = present
    while more >> 31:
        if at + 4 > min(size, len(data)):
            return size  # the words have no end, so where the flags are is not known
        more = little(data, at, 4)
        at += 4
    check_sequence = 0
    if present & 2:
        if present & 1:
            at = (at + 7) // 8 * 8 + 8
        if at < size <= len(data) and data[at] & 0x10 and length - size >= 4:
            check_sequence = 4
    return size + check_sequence


def ppi(data, length):
    """version, flags, length (2), link type (4), then fields; then the other link's own."""
    if len(data) < 8 or little(data, 2) < 8:
        return 0
    size, check_sequence = little(data, 2), ppi_check_sequence(data, length)
    behind = length - size - check_sequence
    return size + check_sequence + pseudo_bytes(little(data, 4, 4), data[size:], behind)


def ppi_check_sequence(data, length):
    """Fields: type (2), length (2), value. The one of 802.11, type 2, has flags at byte 8; bit 0
    announces the check sequence."""
    size, at = little(data, 2), 8
    while at + 4 <= size <= len(data):
        kind, n = little(data, at), little(data, at + 2)
        at += 4
        if kind == 2 and n >= 10 and at + n <= size:
            return 4 if little(data, at + 8) & 1 and length - size >= 4 else 0
        at += n
    return 0


def nflog(data, length):
    """family, version, resource (2), then attributes: length (2) with its own header, type (2).
    Only the payload, type 9, was on a wire."""
    at = 4
    while at + 4 <= min(len(data), length):
        n, kind = little(data, at), little(data, at + 2)
        if n < 4:
            break
        if kind == 9:
            return length - min(n - 4, length - at - 4)
        at += (n + 3) // 4 * 4
    return length if len(data) >= 4 else 0


def juniper(data, length):
    """"MGC", flags; with flag 80 the length (2) of extensions that follow."""
    if data[:3] != b"MGC" or len(data) < 4:
        return 0
    if not data[3] & 0x80:
        return 4
    return 6 + int.from_bytes(data[4:6], "big") if len(data) >= 6 else 0


def avs(data, length):
    size = int.from_bytes(data[4:8], "big")
    return size if len(data) >= 8 and size >= 8 else 0


MEASURED = {127: radiotap, 192: ppi, 239: nflog, 178: juniper, 163: avs}
