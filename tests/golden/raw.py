# Raw IP (SLIP, SIT, tun and WireGuard devices look like this): the version nibble tells.
case = capture(RAW, [
    ipv4() / udp(40000, 53) / payload(72),
    ipv6() / udp(40000, 53) / payload(72),
    b"\x50" + bytes(39),
])
