# What begins a connection: a SYN of a new one, whatever its fate; not its retransmission, not the
# answer, not a flow met in mid-stream.
def there(port, flags, seq=0, ack=0, length=0):
    segment = tcp(40000, port, flags, seq, ack) / payload(length)
    return eth() / ipv4("10.0.0.1", "10.0.0.2") / segment


def back(port, flags, seq=0, ack=0, length=0):
    segment = tcp(port, 40000, flags, seq, ack) / payload(length)
    return eth() / ipv4("10.0.0.2", "10.0.0.1") / segment


case = capture(EN10MB, [
    # 443: SYN, again, answered, established, closed by both; then the tuple's next connection
    there(443, "S", seq=100), there(443, "S", seq=100),
    back(443, "SA", seq=900, ack=101), there(443, "A", seq=101, ack=901),
    there(443, "PA", seq=101, ack=901, length=50), back(443, "A", seq=901, ack=151),
    there(443, "FA", seq=151, ack=901), back(443, "FA", seq=901, ack=152),
    there(443, "A", seq=152, ack=902),
    there(443, "S", seq=5000),
    # 25: refused, then tried again with a new sequence number
    there(25, "S", seq=1), back(25, "RA", ack=2), there(25, "S", seq=70_000),
    # 22: met in mid-stream
    back(22, "PA", seq=1, ack=1, length=100), there(22, "A", seq=1, ack=101),
    # 80: only the answer is seen
    back(80, "SA", seq=1, ack=1),
])
