/* The list of all families, and what one worker holds of them. */
#ifndef IPTALLY_FAMILY_FAMILY_TABLE_H
#define IPTALLY_FAMILY_FAMILY_TABLE_H

#include <pthread.h>

#include "family/family.h"

extern const struct family *const family_table[];
extern const size_t family_table_size;

#define FAMILIES_MAX 48

/* What the sets of several workers have in common. */
struct family_sharing {
	pthread_mutex_t lock; /* of the shared families' states while a batch is counted */
	struct tally *tally;  /* theirs: interfaces and time, but no flows */
};

/* The states of all families, in the order of family_table; NULL: is not counted at all. */
struct family_set {
	void *states[FAMILIES_MAX];
	struct family_sharing *sharing; /* NULL: there is one worker */
	const struct family_set
		*first; /* whose shared states this one uses; NULL: it is the first */
};

/* Returns 0, or a negative errno with *error filled; what was created is destroyed again. */
int family_set_create(struct family_set *set, const struct family_context *context,
		      struct error *error);

/* The same for each of several workers; first: the first one's set, or NULL for that one itself. */
int family_set_join(struct family_set *set, const struct family_set *first,
		    struct family_sharing *sharing, const struct family_context *context,
		    struct error *error);
void family_set_destroy(struct family_set *set);

/* Whether the state of the i-th family is the first worker's, which shows it to readers. */
bool family_set_borrows(const struct family_set *set, size_t i);

/* The state of one family; NULL where it has none yet. */
void *family_set_state(const struct family_set *set, const struct family *family);

void family_set_count(struct family_set *set, const struct packet *packets,
		      const struct verdict *verdicts, size_t n);

/* Once a second, and of several sets the first: see struct family. */
void family_set_tick(struct family_set *set, int64_t now_ns);

/* At the end of the capture, of several sets the first. */
void family_set_finish(struct family_set *set, int64_t now_ns);

/* Clears what the families hold of an interface slot that is about to be used again. */
void family_set_forget_interface(struct family_set *set, uint16_t interface);

#endif
