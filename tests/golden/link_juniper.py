# Ethernet as a Juniper router captures it, behind a header with and without extensions.
case = capture(JUNIPER_ETHER, [
    juniper_ethernet() / eth() / ipv4() / udp(40000, 53),
    juniper_ethernet(bytes(16)) / eth() / ipv4() / udp(40000, 53),
])
