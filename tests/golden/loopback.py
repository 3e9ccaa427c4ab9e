# iptraf-ng counts these twice: 10 datagrams of 128 bytes on a loopback link.
case = capture(NULL, [null() / ipv4() / udp(5000, 6000) / payload(100)] * 10)
