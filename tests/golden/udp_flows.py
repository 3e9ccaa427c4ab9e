# A UDP flow ends after 60 s if only one end spoke, after 180 s if both did; the next packet begins
# another. The clock is the greatest time so far: a packet out of order does not turn it back.
def there(port, at):
    return frame(eth() / ipv4("10.0.0.1", "10.0.0.2") / udp(40000, port), at=at)


def back(port, at):
    return frame(eth() / ipv4("10.0.0.2", "10.0.0.1") / udp(port, 40000), at=at)


case = capture(EN10MB, [
    there(514, 0), there(514, 59), there(514, 118),  # one flow
    there(514, 179),  # 61 s later: the second
    there(53, 200), back(53, 201), there(53, 380),  # one flow: 179 s
    there(53, 561),  # 181 s later: the second
    there(69, 600), there(69, 560),  # 40 s back: the same flow, last seen at 600
    there(69, 659),  # 59 s after that
])
