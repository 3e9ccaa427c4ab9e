# Behind a radiotap header: neither it nor a check sequence that it announces are frame bytes.
inside = wifi(subtype=8) / snap() / ipv4() / udp(40000, 53)
case = capture(IEEE802_11_RADIO, [
    radiotap() / inside,
    radiotap(check_sequence=True) / inside,
    radiotap(extra=27) / inside,
])
