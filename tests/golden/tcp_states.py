# Every step from one state of a connection to another but for those that time takes (tcp_timeouts):
# a connection a server port, ports in the order of their flows' ids.
def there(port, flags, seq=0, ack=0, length=0):
    segment = tcp(40000, port, flags, seq, ack) / payload(length)
    return eth() / ipv4("10.0.0.1", "10.0.0.2") / segment


def back(port, flags, seq=0, ack=0, length=0):
    segment = tcp(port, 40000, flags, seq, ack) / payload(length)
    return eth() / ipv4("10.0.0.2", "10.0.0.1") / segment


def handshake(port):
    return [there(port, "S", 100), back(port, "SA", 900, 101), there(port, "A", 101, 901)]


case = capture(EN10MB, [
    there(1, "S", 100),  # half open
    there(2, "S", 100), back(2, "RA", 0, 101),  # refused
    there(3, "S", 100), back(3, "SA", 900, 101), there(3, "R", 101),  # aborted
    *handshake(4),  # established
    # established by what the server sends only then: the client's ACK went another way
    there(5, "S", 100), back(5, "SA", 900, 101), back(5, "PA", 901, 101, 10),
    *handshake(6), back(6, "R", 901),  # reset
    *handshake(7), there(7, "FA", 101, 901),  # closing
    # half closed: the server goes on
    *handshake(8), there(8, "FA", 101, 901), back(8, "A", 901, 102), back(8, "PA", 901, 102, 20),
    # closed
    *handshake(9), there(9, "FA", 101, 901), back(9, "FA", 901, 102), there(9, "A", 102, 902),
    *handshake(10), there(10, "FA", 101, 901), back(10, "R", 901),  # reset while closing
    there(11, "A", 101, 901),  # met in mid-stream
    there(12, "A", 101, 901), there(12, "FA", 101, 901),  # ... and closing
    # ... and closed
    there(13, "FA", 101, 901), back(13, "FA", 901, 102), there(13, "A", 102, 902),
    there(14, "A", 101, 901), back(14, "R", 901),  # ... and reset
    # both begin at once (RFC 9293 3.5, figure 7), and then the first one has something to say
    there(15, "S", 100), back(15, "S", 900), there(15, "SA", 100, 901), back(15, "SA", 900, 101),
    there(15, "PA", 101, 901, 5),
    # the client's first ACK has its FIN: established, and closing at once
    there(16, "S", 100), back(16, "SA", 900, 101), there(16, "FA", 101, 901),
    # what is closed begins again, what is reset, and what was met in mid-stream
    *handshake(17), there(17, "FA", 101, 901), back(17, "FA", 901, 102), there(17, "A", 102, 902),
    there(17, "S", 7000),
    there(18, "S", 100), back(18, "RA", 0, 101), there(18, "S", 7000),
    there(19, "A", 101, 901), there(19, "S", 7000),
])
