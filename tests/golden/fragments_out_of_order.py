# The second fragment comes before the first: it is never moved later.
first, second, third = fragments(eth() / ipv4(id=7) / udp(123, 514) / payload(4000), mtu=1500)
case = capture(EN10MB, [second, first, third])
