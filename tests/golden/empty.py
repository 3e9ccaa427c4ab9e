# A file without frames is a capture in which nothing was seen: all known series are there, at 0.
case = capture(EN10MB, [])
