# IPv6 fragments; in the second datagram the UDP header stands behind destination options, so that
# a later fragment does not tell the protocol itself. The third datagram has lost its first one.
plain = fragments(eth() / ipv6() / fragment(1) / udp(53, 40000) / payload(2000), mtu=1500)
hidden = eth() / ipv6() / fragment(2) / destination_options() / udp(53, 40000) / payload(2000)
lost = eth() / ipv6() / fragment(3) / destination_options() / udp(53, 40000) / payload(2000)
case = capture(EN10MB, plain + fragments(hidden, mtu=1500) + fragments(lost, mtu=1500)[1:])
