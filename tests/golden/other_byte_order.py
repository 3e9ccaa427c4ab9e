# A file of a machine of the other byte order, with times in nanoseconds.
case = capture(EN10MB, [
    frame(eth() / ipv4() / udp(40000, 53), at=0),
    frame(eth() / ipv4() / udp(40000, 53), at=61),
], order=">", nanoseconds=True)
