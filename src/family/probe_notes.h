/*
 * Which ports and hosts a source has tried, all of them: bits that are taken for a source when it
 * tries too many, and given back when it is over. Of the ports each has its bit; hosts share one if
 * the last 16 bits of their IPv4 addresses are the same, or by chance (IPv6).
 */
#ifndef IPTALLY_FAMILY_PROBE_NOTES_H
#define IPTALLY_FAMILY_PROBE_NOTES_H

#include <stdint.h>

#include "base/error.h"
#include "base/memory.h"

enum probe_what { PROBE_PORTS, PROBE_HOSTS, PROBE_WHATS };

/* Sources that notes are kept of at the same time. Of more nothing is noted. */
#define PROBE_NOTES_MAX 32
#define PROBE_NO_NOTES  0xff

struct probe_notes;

/* NULL and *error where there is no memory; it is the ledger's. */
struct probe_notes *probe_notes_create(struct ledger *ledger, struct error *error);

/* A number for new, empty notes; PROBE_NO_NOTES: all are taken. */
uint8_t probe_notes_take(struct probe_notes *notes);
void probe_notes_give_back(struct probe_notes *notes, uint8_t which);

/* Notes an item, by its last 16 bits. */
void probe_notes_add(struct probe_notes *notes, uint8_t which, enum probe_what what, uint32_t item);

/* How many different ones were noted. */
uint32_t probe_notes_count(const struct probe_notes *notes, uint8_t which, enum probe_what what);

#endif
