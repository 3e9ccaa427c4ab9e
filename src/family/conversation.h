/* Flows folded by who talks to whom about what. */
#ifndef IPTALLY_FAMILY_CONVERSATION_H
#define IPTALLY_FAMILY_CONVERSATION_H

#include "family/family.h"

extern const struct family conversation_family;
extern const struct family conversation_slots_family; /* the conversations that have series */
extern const struct family
	conversation_rest_family; /* what no row, and no series, of a conversation holds */
extern const struct family conversation_table_family;

#endif
