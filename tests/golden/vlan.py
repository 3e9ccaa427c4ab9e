# One tag, two tags, the old service tag, a priority tag (id 0), ARP in a tag, and no tag.
case = capture(EN10MB, [
    eth() / vlan(100) / ipv4() / tcp(40000, 443, "S", seq=1000) / payload(100),
    eth() / service_vlan(10) / vlan(20) / ipv6() / udp(40000, 53) / payload(12),
    eth() / old_service_vlan(10) / vlan(20) / ipv4() / udp(40000, 53) / payload(12),
    eth() / vlan(0, priority=7) / ipv4() / icmp(),
    eth() / vlan(100) / arp(),
    eth() / ipv4() / udp(40000, 53) / payload(12),
])
