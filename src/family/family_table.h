/* The list of all families, and what one worker holds of them. */
#ifndef IPTALLY_FAMILY_FAMILY_TABLE_H
#define IPTALLY_FAMILY_FAMILY_TABLE_H

#include "family/family.h"

extern const struct family *const family_table[];
extern const size_t family_table_size;

#define FAMILIES_MAX 48

/* The states of all families, in the order of family_table; NULL: is not counted at all. */
struct family_set {
	void *states[FAMILIES_MAX];
};

/* Returns 0, or a negative errno with *error filled; what was created is destroyed again. */
int family_set_create(struct family_set *set, const struct family_context *context,
		      struct error *error);
void family_set_destroy(struct family_set *set);

/* The state of one family; NULL where it has none yet. */
void *family_set_state(const struct family_set *set, const struct family *family);

void family_set_count(struct family_set *set, const struct packet *packets,
		      const struct verdict *verdicts, size_t n);

/* Once a second: see struct family. */
void family_set_tick(struct family_set *set, int64_t now_ns);

/* At the end of the capture. */
void family_set_finish(struct family_set *set, int64_t now_ns);

/* Clears what the families hold of an interface slot that is about to be used again. */
void family_set_forget_interface(struct family_set *set, uint16_t interface);

#endif
