# FDDI: LLC behind frame control and addresses; a multicast address has the bit 80 here.
case = capture(FDDI, [
    fddi() / snap() / ipv4() / udp(40000, 53),
    fddi("ff:ff:ff:ff:ff:ff") / snap() / arp(),
    fddi("80:01:43:00:00:08") / llc(0x42) / payload(35),
    fddi(control=0x41) / payload(20),
])
