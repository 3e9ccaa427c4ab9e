# IEEE 802.3 frames: a length where the type would be. SNAP with an OUI of zeros holds an ethertype.
case = capture(EN10MB, [
    eth_802_3(pad=60) / snap() / ipv4() / udp(40000, 53),
    eth_802_3(pad=60) / snap() / arp(),
    eth_802_3("01:80:c2:00:00:00", pad=60) / llc(0x42) / payload(35),
    eth_802_3("01:00:0c:cc:cc:cc") / snap(oui=0x00000C, type=0x2000) / payload(60),
    eth_802_3() / snap() / vlan(9) / ipv6() / udp(40000, 53),
    eth_802_3(pad=60) / llc(0xFF, control=0xFF) / payload(30),
])
