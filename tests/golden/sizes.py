# One frame at each side of each bound of the histogram.
lengths = [64, 65, 127, 128, 255, 256, 511, 512, 1023, 1024, 1518, 1519, 4095, 4096, 9216, 9217]
case = capture(EN10MB, [eth(pad=n) / ipv4() / icmp() for n in lengths])
