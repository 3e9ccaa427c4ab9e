# The file ends inside its third frame: the two before it count, and the end is an error.
case = capture(EN10MB, [eth() / ipv4() / udp(40000, 53) / payload(100)] * 3, cut=10)
status = 1
frames_readable = 2
