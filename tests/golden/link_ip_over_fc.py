# IP over Fibre Channel.
case = capture(IP_OVER_FC, [
    fibre_channel() / snap() / ipv4() / udp(40000, 53),
    fibre_channel(BROADCAST) / snap() / arp(),
])
