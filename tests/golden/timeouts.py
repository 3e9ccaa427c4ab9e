# Each time-out is an option.
arguments = ["--timeout.half-open=5", "--timeout.established=50", "--timeout.closed=3",
             "--timeout.one-way=4", "--timeout.two-way=8"]


def there(at, segment):
    return frame(eth() / ipv4("10.0.0.1", "10.0.0.2") / segment, at=at)


def back(at, segment):
    return frame(eth() / ipv4("10.0.0.2", "10.0.0.1") / segment, at=at)


def handshake(at, port):
    return [there(at, tcp(40000, port, "S", 100)), back(at, tcp(port, 40000, "SA", 900, 101)),
            there(at, tcp(40000, port, "A", 101, 901))]


late = tcp(40000, 5, "A", 102, 902)
case = capture(EN10MB, sorted([
    # half open: the same, and 6 s later another one; and once more, so that no time is left to age
    there(0, tcp(40000, 1, "S", 100)), there(5, tcp(40000, 1, "S", 100)),
    there(11, tcp(40000, 1, "S", 100)), there(103, tcp(40000, 1, "S", 100)),
    # established: the same, and 51 s later met in mid-stream
    *handshake(1, 2), there(51, tcp(40000, 2, "A", 101, 901)),
    there(102, tcp(40000, 2, "A", 101, 901)),
    # closed: the same, and 4 s later met in mid-stream, and again 51 s after that
    *handshake(2, 5), there(2, tcp(40000, 5, "FA", 101, 901)),
    back(2, tcp(5, 40000, "FA", 901, 102)), there(2, late), there(5, late), there(9, late),
    there(60, late),
    # one way: the same, and 5 s later another one
    there(0, udp(40000, 514)), there(4, udp(40000, 514)), there(9, udp(40000, 514)),
    # two ways: the same, and 9 s later another one
    there(0, udp(40000, 53)), back(1, udp(53, 40000)), there(9, udp(40000, 53)),
    there(18, udp(40000, 53)),
], key=lambda one: one.time_ns))
