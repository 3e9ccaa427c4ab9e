# A later fragment belongs to a first one only if VLAN, addresses, id and protocol are the same.
def piece(number, tag=1, source="10.0.0.1", id=7):
    stack = eth() / vlan(tag) / ipv4(source, id=id) / udp(123, 514) / payload(2000)
    return fragments(stack, mtu=1500)[number]


case = capture(EN10MB, [
    piece(0),
    piece(1, tag=2),
    piece(1, source="10.0.0.9"),
    piece(1, id=8),
    eth() / vlan(1) / ipv4(id=7, offset=1480, protocol=6) / payload(528),
    piece(1),
])
