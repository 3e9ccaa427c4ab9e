/* Memory that is available, from /proc/meminfo and the control group. */
#include "base/memory_limit.h"

#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LINE_BYTES 512

/* Finds the line that begins so, and copies what follows. */
static bool find_line(const char *root, const char *path, const char *begins, char rest[LINE_BYTES])
{
	char name[PATH_MAX], line[LINE_BYTES];
	size_t length = strlen(begins);
	bool found = false;
	FILE *file;

	if (snprintf(name, sizeof(name), "%s%s", root, path) >= (int)sizeof(name))
		return false;
	file = fopen(name, "re");
	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file))
		found = strncmp(line, begins, length) == 0;
	fclose(file);
	if (found)
		strcpy(rest, line + length);
	return found;
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t machine_available(const char *root)
{
	char text[LINE_BYTES];
	uint64_t kib;

	if (!find_line(root, "/proc/meminfo", "MemAvailable:", text) ||
	    sscanf(text, "%" SCNu64, &kib) != 1 || kib > UINT64_MAX / 1024)
		return UINT64_MAX;
	return kib * 1024;
}

/* What a group allows: "max" is no number. */
static uint64_t group_allows(const char *root, const char *group)
{
	char path[PATH_MAX], text[LINE_BYTES];
	uint64_t bytes;

	if (snprintf(path, sizeof(path), "/sys/fs/cgroup%s/memory.max", group) >= (int)sizeof(path))
		return UINT64_MAX;
	if (!find_line(root, path, "", text) || sscanf(text, "%" SCNu64, &bytes) != 1)
		return UINT64_MAX;
	return bytes;
}

uint64_t memory_limit(const char *root)
{
	uint64_t limit = machine_available(root);
	char group[LINE_BYTES];

	if (!find_line(root, "/proc/self/cgroup", "0::", group))
		return limit;
	group[strcspn(group, "\n")] = '\0';
	for (char *end = group + strlen(group); end; end = strrchr(group, '/')) {
		*end = '\0';
		limit = lesser(limit, group_allows(root, group));
	}
	return limit;
}
