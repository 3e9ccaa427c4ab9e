/* The agent itself: build, process, start. Read when a snapshot is taken. */
#include "family/self.h"

#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/version.h"
#include "family/self_state.h"

struct self_row {
	char version[32];
	struct wall_time started;
	struct monotonic_time taken;
	uint64_t cpu_ns;
	uint64_t open_fds, max_fds;
	uint64_t virtual_bytes, max_virtual_bytes, resident_bytes, heap_bytes;
	uint64_t threads;
};

#define FIELD_PROCESS(field, text, field_kind, member, ...)                                        \
	{                                                                                          \
		.name = field, .metric = "process_" field, .help = text, .kind = field_kind,       \
		.faces = FACE_PROMETHEUS | FACE_JSON, .offset = offsetof(struct self_row, member), \
		__VA_ARGS__                                                                        \
	}

static const struct family_field self_fields[] = {
	{.name = "build_info",
	 .metric = "iptally_build_info",
	 .help = "The version of this agent; always 1.",
	 .kind = FIELD_INFO,
	 .faces = FACE_PROMETHEUS},
	{.name = "version",
	 .help = "The version of this agent.",
	 .kind = FIELD_TEXT,
	 .faces = FACE_ALL,
	 .column = 1,
	 .offset = offsetof(struct self_row, version),
	 .text_size = sizeof(((struct self_row *)0)->version),
	 .text_label = "version"},
	{.name = "start_time",
	 .help = "When the agent started.",
	 .kind = FIELD_DATE,
	 .faces = FACE_SNMP,
	 .column = 2,
	 .offset = offsetof(struct self_row, started)},
	{.name = "snapshot_age",
	 .metric = "iptally_snapshot_age_seconds",
	 .help = "How long ago these values were frozen.",
	 .kind = FIELD_AGE,
	 .faces = FACE_ALL,
	 .column = 3,
	 .offset = offsetof(struct self_row, taken)},
	FIELD_PROCESS("cpu_seconds", "User and system CPU time spent.", FIELD_COUNTER, cpu_ns,
		      .scale = SCALE_NS_TO_SECONDS),
	FIELD_PROCESS("open_fds", "Open file descriptors.", FIELD_GAUGE, open_fds, ),
	FIELD_PROCESS("max_fds", "Most file descriptors that may be open.", FIELD_GAUGE, max_fds, ),
	FIELD_PROCESS("virtual_memory_bytes", "Size of virtual memory.", FIELD_GAUGE,
		      virtual_bytes, ),
	FIELD_PROCESS("virtual_memory_max_bytes", "Most virtual memory that may be had.",
		      FIELD_GAUGE, max_virtual_bytes, ),
	FIELD_PROCESS("resident_memory_bytes", "Size of resident memory.", FIELD_GAUGE,
		      resident_bytes, ),
	FIELD_PROCESS("heap_bytes", "Size of the heap.", FIELD_GAUGE, heap_bytes, ),
	FIELD_PROCESS("start_time_seconds", "Start time, since 1970.", FIELD_DATE, started, ),
	FIELD_PROCESS("threads", "Threads.", FIELD_GAUGE, threads, ),
};

static void *self_create(const struct family_context *context, struct error *error)
{
	struct self_state *state = calloc(1, sizeof(*state));

	if (!state) {
		error_set(error, ENOMEM, "self family: no memory");
		return NULL;
	}
	state->started.ns = wall_now().ns - (monotonic_now().ns - context->started.ns);
	state->lock = context->lock;
	state->names = context->names;
	state->board = context->board;
	state->events = context->events;
	return state;
}

static size_t self_max_rows(const void *state)
{
	(void)state;
	return 1;
}

static uint64_t count_open_fds(void)
{
	DIR *directory = opendir("/proc/self/fd");
	uint64_t n = 0;

	if (!directory)
		return 0;
	for (const struct dirent *entry; (entry = readdir(directory));)
		n += entry->d_name[0] != '.';
	closedir(directory);
	return n - 1; /* the directory's own */
}

/* proc(5), stat: the fields behind the parenthesised name, from the third on. */
static void read_stat(struct self_row *row)
{
	FILE *file = fopen("/proc/self/stat", "re");
	unsigned long virtual_bytes = 0;
	long threads = 0, resident_pages = 0;
	char line[1024];
	const char *rest;

	if (!file)
		return;
	if (fgets(line, sizeof(line), file) && (rest = strrchr(line, ')')) &&
	    sscanf(rest + 1,
		   " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %ld %*d "
		   "%*u %lu %ld",
		   &threads, &virtual_bytes, &resident_pages) == 3) {
		row->threads = (uint64_t)threads;
		row->virtual_bytes = virtual_bytes;
		row->resident_bytes = (uint64_t)resident_pages * (uint64_t)sysconf(_SC_PAGESIZE);
	}
	fclose(file);
}

static uint64_t limit_of(int resource)
{
	struct rlimit limit;

	return getrlimit(resource, &limit) == 0 ? limit.rlim_cur : 0;
}

static size_t self_copy(const void *opaque, void *rows)
{
	const struct self_state *state = opaque;
	struct self_row *row = rows;
	struct timespec cpu = {0};
	struct mallinfo2 heap = mallinfo2();

	snprintf(row->version, sizeof(row->version), "%s", iptally_version());
	row->started = state->started;
	row->taken = monotonic_now();
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	row->cpu_ns = (uint64_t)(cpu.tv_sec * NS_PER_SECOND + cpu.tv_nsec);
	row->open_fds = count_open_fds();
	row->max_fds = limit_of(RLIMIT_NOFILE);
	row->max_virtual_bytes = limit_of(RLIMIT_AS);
	row->heap_bytes = heap.arena + heap.hblkhd;
	read_stat(row);
	return 1;
}

const struct family self_family = {
	.name = "self",
	.kind = FAMILY_EXTERNAL,
	.is_core = true,
	.help = "The agent itself.",
	.subtree = 1, /* scalars */
	.fields = self_fields,
	.n_fields = COUNT(self_fields),
	.row_size = sizeof(struct self_row),
	.is_shared = true,
	.create = self_create,
	.destroy = free,
	.max_rows = self_max_rows,
	.copy = self_copy,
};
