# A UDP datagram of 4,000 bytes in three fragments, 123 -> 514, without a link header.
case = capture(RAW, fragments(ipv4(id=7) / udp(123, 514) / payload(4000), mtu=1500))
