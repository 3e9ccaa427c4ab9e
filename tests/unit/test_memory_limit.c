/* How much memory there is, read from small trees in the form of proc(5) and of cgroup v2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "base/memory_limit.h"

#define MIB (1024 * 1024ULL)

static char root[] = "/tmp/iptally-memory-XXXXXX";
/* What holds another comes first. */
static const char *const folders[] = {"/proc",
				      "/proc/self",
				      "/sys",
				      "/sys/fs",
				      "/sys/fs/cgroup",
				      "/sys/fs/cgroup/system.slice",
				      "/sys/fs/cgroup/system.slice/iptally.service"};
static const char *const files[] = {"/proc/meminfo", "/proc/self/cgroup",
				    "/sys/fs/cgroup/system.slice/memory.max",
				    "/sys/fs/cgroup/system.slice/iptally.service/memory.max"};
enum { MEMINFO, CGROUP, SLICE, SERVICE };

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s%s", root, name);
	return path;
}

static int set_up(void **state)
{
	(void)state;
	snprintf(root, sizeof(root), "/tmp/iptally-memory-XXXXXX");
	assert_non_null(mkdtemp(root));
	for (size_t i = 0; i < LENGTH(folders); i++)
		assert_int_equal(mkdir(path_of(folders[i]), 0700), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(files); i++)
		unlink(path_of(files[i]));
	for (size_t i = LENGTH(folders); i-- > 0;)
		assert_int_equal(rmdir(path_of(folders[i])), 0);
	return rmdir(root);
}

static void write_file(int which, const char *text)
{
	FILE *file = fopen(path_of(files[which]), "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void without_any_file_there_is_no_limit(void **state)
{
	(void)state;
	assert_true(memory_limit(root) == UINT64_MAX);
}

static void what_the_machine_has_available_is_the_limit(void **state)
{
	(void)state;
	write_file(MEMINFO, "MemTotal:        2048000 kB\nMemFree:            1000 kB\n"
			    "MemAvailable:      65536 kB\nBuffers:             10 kB\n");
	assert_true(memory_limit(root) == 64 * MIB);
	write_file(MEMINFO, "MemTotal: 2048000 kB\n"); /* of a kernel before 3.14 */
	assert_true(memory_limit(root) == UINT64_MAX);
	write_file(MEMINFO, "MemAvailable: many kB\n");
	assert_true(memory_limit(root) == UINT64_MAX);
}

static void control_group_and_its_parents_may_allow_less(void **state)
{
	(void)state;
	write_file(MEMINFO, "MemAvailable: 65536 kB\n");
	write_file(CGROUP, "0::/system.slice/iptally.service\n");
	write_file(SERVICE, "max\n");
	assert_true(memory_limit(root) == 64 * MIB);
	write_file(SERVICE, "16777216\n");
	assert_true(memory_limit(root) == 16 * MIB);
	write_file(SLICE, "8388608\n");
	assert_true(memory_limit(root) == 8 * MIB);
	write_file(CGROUP, "4:memory:/system.slice\n0::/system.slice\n");
	write_file(SLICE, "134217728\n");
	assert_true(memory_limit(root) == 64 * MIB);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_any_file_there_is_no_limit),
		TEST(what_the_machine_has_available_is_the_limit),
		TEST(control_group_and_its_parents_may_allow_less),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
