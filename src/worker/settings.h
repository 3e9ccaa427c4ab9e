/* What the command line means for the capture workers: their number, tables, families, time-outs. */
#ifndef IPTALLY_WORKER_SETTINGS_H
#define IPTALLY_WORKER_SETTINGS_H

#include "config/options.h"
#include "family/context.h"
#include "tally/tally.h"

/* How many there are: a file is read in one order, by one. */
uint32_t settings_of_workers(const struct options *options);

/* Both refer to lists of the options, which must last; what is not of the command line is zero. */
struct tally_options settings_of_tally(const struct options *options);
struct family_options settings_of_families(const struct options *options);

#endif
