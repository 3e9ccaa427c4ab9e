# A link type without a row in the table: packets, bytes and sizes are still counted.
case = capture(USER0, [payload(100), payload(300)])
