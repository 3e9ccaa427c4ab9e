/*
 * What must hold of tally and families whatever the bytes were: README, "What is counted", in packets
 * and in bytes of each direction; and that the flow table is sound inside. A breach ends the program
 * with one line that names it.
 */
#ifndef IPTALLY_FUZZ_CONSERVATION_H
#define IPTALLY_FUZZ_CONSERVATION_H

#include "family/family_table.h"
#include "family/traffic.h"
#include "tally/tally.h"

/* What an interface's counters say, for a caller that counted too. */
struct conserved {
	struct traffic traffic;
	uint64_t connections[DIRECTIONS]; /* begun, by port */
	uint64_t station_packets;         /* frames that name stations */
	uint64_t station_bytes;
	uint64_t snapped;
	uint64_t errors;
};

/* Checks all interface slots in use; sums has room for INTERFACES_MAX, and gets them by slot. */
void conservation_check(const struct family_set *families, const struct tally *tally,
			struct conserved *sums);

/* The flow and fragment tables alone: fast. */
void tables_check(const struct tally *tally);

/* Ends the program where found is not what is wanted. */
void expect_equal(const char *what, uint32_t slot, uint64_t found, uint64_t wanted);
void expect_traffic(const char *what, uint32_t slot, const struct traffic *found,
		    const struct traffic *wanted);

/* Ends the program where something does not hold. */
#define EXPECT(holds) expect(holds, #holds, __FILE__, __LINE__)
void expect(bool holds, const char *what, const char *file, int line);

#endif
