/*
 * The bounded set of flows that are itemised in SNMP and JSON: all while there is room, then the
 * larger in place of the smaller. A flow gets its id when it comes in; no id is used again.
 */
#ifndef IPTALLY_TALLY_FLOW_ITEMISED_H
#define IPTALLY_TALLY_FLOW_ITEMISED_H

#include "tally/flow_table.h"

/* Of several workers: the set of each is its share of all, and no two give a flow the same id. */
void flow_itemise_for_worker(struct flow_table *flows, uint32_t worker, uint32_t n_workers);

/* While there is room. */
void flow_itemise(struct flow_table *flows, struct flow *flow);

/* A flow that is in the set leaves it. */
void flow_itemise_end(struct flow_table *flows, struct flow *flow);

/* A flow that is not in the set takes the smallest one's place where it is clearly larger. */
void flow_itemise_if_larger(struct flow_table *flows, struct flow *flow);

/* What the itemised flows sent in the interval that is over, if one is: call it once a second. */
void flow_itemised_measure(struct flow_table *flows, int64_t now_ns);

#endif
