/* What the bounded tables of families hold of each interface: once exactly, once as series show it. */
#ifndef IPTALLY_FUZZ_BOUNDED_SUMS_H
#define IPTALLY_FUZZ_BOUNDED_SUMS_H

#include "family/family_table.h"
#include "family/rows_traffic.h"
#include "tally/tally.h"

enum bounded_table { TCP_PORTS, UDP_PORTS, HOSTS, STATIONS, CONVERSATIONS, BOUNDED_TABLES };

struct bounded_sum {
	struct rows_traffic exact; /* rows and `other` */
	struct rows_traffic shown; /* series, their `other`, and series that are gone */
};

/* By interface slot; sums has room for all of them. Connections are 0 where a table counts none. */
void bounded_sums(const struct family_set *families, const struct tally *tally,
		  enum bounded_table table, struct bounded_sum *sums);

#endif
