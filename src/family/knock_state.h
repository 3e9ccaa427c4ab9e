/* What the families of attempts share: knock.c, its knock_count.c, and probe.c. */
#ifndef IPTALLY_FAMILY_KNOCK_STATE_H
#define IPTALLY_FAMILY_KNOCK_STATE_H

#include "family/attempt.h"
#include "family/knock_lines.h"
#include "family/probe_watch.h"

struct knocks {
	const struct tally *tally;
	enum privacy privacy;
	struct attempts attempts;
	struct watch_list list; /* of struct knock_entry */
	struct knock_lines lines;
	struct probe_watch probes;
};

/* --- knock_count.c --- */

void knocks_count(void *knocks, const struct packet *packets, const struct verdict *verdicts,
		  size_t n);

#endif
