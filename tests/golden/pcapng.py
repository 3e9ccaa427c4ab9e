# pcapng, big endian, in nanoseconds, with two interfaces of one link type: one capture file is one
# interface.
packet = eth() / ipv4() / udp(40000, 53)
case = capture([EN10MB, EN10MB], [frame(packet, interface=0), frame(packet, interface=1)],
               format="pcapng", order=">", nanoseconds=True)
