/* The root of our objects: one build option makes the MIB's parent line and this. */
#include "snmp/root.h"

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <inttypes.h>
#include <stdio.h>

static const uint32_t root[] = {IPTALLY_OID_ROOT};

const uint32_t *snmp_root(size_t *length)
{
	*length = sizeof(root) / sizeof(root[0]);
	return root;
}

const char *snmp_root_format(char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < sizeof(root) / sizeof(root[0]) && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, ".%" PRIu32, root[i]);
	return text;
}
