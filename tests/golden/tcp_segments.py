# What a segment is to those before it: sent again, out of order, a keep-alive; a closed window; a
# reset outside of the window; a port that is used again while its old connection is not over.
def there(flags, seq, ack=0, length=0, window=65535):
    return (eth() / ipv4("10.0.0.1", "10.0.0.2")
            / tcp(40000, 443, flags, seq, ack, window=window) / payload(length))


def back(flags, seq, ack=0, length=0, window=65535):
    return (eth() / ipv4("10.0.0.2", "10.0.0.1")
            / tcp(443, 40000, flags, seq, ack, window=window) / payload(length))


case = capture(EN10MB, [
    there("S", 100), back("SA", 900, 101), there("A", 101, 901),
    there("PA", 101, 901, 50),
    there("PA", 201, 901, 50),  # 50 bytes are missing
    there("PA", 151, 901, 50),  # 1 ms later: out of order
    there("PA", 151, 901, 50),  # sent again
    there("A", 250, 901, 1),  # a keep-alive: the last byte again
    back("A", 901, 251, window=0),  # closes the window
    there("A", 251, 901, 1), there("A", 251, 901, 1),  # probes of it
    back("A", 901, 251, window=2000),
    there("PA", 251, 901, 10),
    there("R", 300_000, 901),  # outside of the window: counted, and no more
    back("A", 901, 261),
    # the same ends again, and the server has forgotten the old connection
    there("S", 7000), back("SA", 5000, 7001), there("A", 7001, 5001),
    there("RA", 7001, 5001),
])
