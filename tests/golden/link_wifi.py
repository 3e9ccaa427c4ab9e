# IEEE 802.11 without a radio header: three and four addresses, QoS, HT control; beacons, null
# frames and encrypted ones show no IP.
inside = snap() / ipv4() / udp(40000, 53)
case = capture(IEEE802_11, [
    wifi() / inside,
    wifi(subtype=8) / inside,
    wifi(subtype=8, order=True) / inside,
    wifi(to_ds=True) / inside,
    wifi(to_ds=True, from_ds=False, destination=BROADCAST) / snap() / arp(),
    wifi(protected=True) / payload(60),
    wifi(subtype=4),
    wifi(type=0, subtype=8, from_ds=False, destination=BROADCAST) / payload(50),
])
