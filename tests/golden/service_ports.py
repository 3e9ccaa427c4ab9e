# Each packet counts for exactly one port, whichever way it goes.
def both_ways(a, b, there, back):
    return [
        eth() / ipv4("10.0.0.1", "10.0.0.2") / udp(a, b) / payload(there),
        eth() / ipv4("10.0.0.2", "10.0.0.1") / udp(b, a) / payload(back),
    ]


case = capture(EN10MB, [
    *both_ways(123, 123, 48, 48),
    *both_ways(40000, 53, 30, 130),
    *both_ways(53, 853, 10, 20),
    *both_ways(1023, 80, 1, 2),
    *both_ways(1024, 1023, 3, 4),
    *both_ways(1025, 1024, 5, 6),
    *both_ways(50000, 40000, 7, 8),
    *both_ways(0, 50000, 9, 10),
    *both_ways(65535, 65535, 11, 12),
])
