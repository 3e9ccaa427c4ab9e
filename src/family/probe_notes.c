/* Bit sets of 65,536 with their counts. Memory that was never noted in is never touched. */
#include "family/probe_notes.h"

#include <stdbool.h>
#include <string.h>

#define BITS 65536

struct probe_notes {
	struct probe_note {
		uint64_t bits[PROBE_WHATS][BITS / 64];
		uint32_t n[PROBE_WHATS];
		bool is_taken;
	} sources[PROBE_NOTES_MAX];
};

struct probe_notes *probe_notes_create(struct ledger *ledger, struct error *error)
{
	return ledger_map(ledger, "notes of probes", sizeof(struct probe_notes), error);
}

uint8_t probe_notes_take(struct probe_notes *notes)
{
	for (uint8_t which = 0; which < PROBE_NOTES_MAX; which++)
		if (!notes->sources[which].is_taken) {
			notes->sources[which].is_taken = true;
			return which;
		}
	return PROBE_NO_NOTES;
}

void probe_notes_give_back(struct probe_notes *notes, uint8_t which)
{
	struct probe_note *note;

	if (which == PROBE_NO_NOTES)
		return;
	note = &notes->sources[which];
	for (int what = 0; what < PROBE_WHATS; what++)
		if (note->n[what] > 0)
			memset(note->bits[what], 0, sizeof(note->bits[what]));
	memset(note->n, 0, sizeof(note->n));
	note->is_taken = false;
}

void probe_notes_add(struct probe_notes *notes, uint8_t which, enum probe_what what, uint32_t item)
{
	uint64_t *word, bit = 1ULL << (item % 64);

	if (which == PROBE_NO_NOTES)
		return;
	word = &notes->sources[which].bits[what][item % BITS / 64];
	notes->sources[which].n[what] += !(*word & bit);
	*word |= bit;
}

uint32_t probe_notes_count(const struct probe_notes *notes, uint8_t which, enum probe_what what)
{
	return which == PROBE_NO_NOTES ? 0 : notes->sources[which].n[what];
}
