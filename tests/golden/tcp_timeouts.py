# What silence ends: a SYN without its answer after 60 s, a closed or reset connection, which lingers
# for late segments, after 15 s, anything else after 15 minutes.
def there(at, port, flags, seq=0, ack=0):
    return frame(eth() / ipv4("10.0.0.1", "10.0.0.2") / tcp(40000, port, flags, seq, ack), at=at)


def back(at, port, flags, seq=0, ack=0):
    return frame(eth() / ipv4("10.0.0.2", "10.0.0.1") / tcp(port, 40000, flags, seq, ack), at=at)


def handshake(at, port):
    return [there(at, port, "S", 100), back(at, port, "SA", 900, 101),
            there(at, port, "A", 101, 901)]


case = capture(EN10MB, sorted([
    # sent again, and then three times in vain
    there(0, 1, "S", 100), there(59, 1, "S", 100), there(120, 1, "S", 100),
    there(905, 1, "S", 100), there(1802, 1, "S", 100),
    # established; met in mid-stream 901 s later
    *handshake(1, 2), there(900, 2, "A", 101, 901), there(1801, 2, "A", 101, 901),
    # closing, which the server never does
    *handshake(2, 3), there(3, 3, "FA", 101, 901), there(904, 3, "A", 102, 901),
    # met in mid-stream, twice
    there(4, 4, "A", 101, 901), there(905, 4, "A", 101, 901),
    # closed; a segment comes late, the next one too late; and 902 s later one that is met again
    *handshake(5, 5), there(5, 5, "FA", 101, 901), back(5, 5, "FA", 901, 102),
    there(5, 5, "A", 102, 902), there(19, 5, "A", 102, 902), there(35, 5, "A", 102, 902),
    there(937, 5, "A", 102, 902),
    # reset, and the same
    *handshake(6, 6), back(6, 6, "R", 901), there(20, 6, "A", 101, 901),
    there(36, 6, "A", 101, 901), there(938, 6, "A", 101, 901),
], key=lambda one: one.time_ns))
