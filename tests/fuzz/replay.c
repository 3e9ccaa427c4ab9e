/*
 * The main() of a fuzzer where there is no libFuzzer: runs its entry over the files of its corpus,
 * as a plain test. The corpus is tests/fuzz/corpus/NAME for a program fuzz_NAME, below the folder
 * that IPTALLY_SOURCE names; or it is what the arguments name.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_BYTES ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* The name goes ahead, so that it is the last word of a run that broke. */
static int run_file(const char *path)
{
	uint8_t *data = malloc(INPUT_BYTES);
	FILE *file = fopen(path, "rb");
	size_t size;

	fprintf(stderr, "%s\n", path);
	if (!data || !file) {
		free(data);
		if (file)
			fclose(file);
		return -1;
	}
	size = fread(data, 1, INPUT_BYTES, file);
	fclose(file);
	/* No byte more than the input has, so that reading beyond it is seen. */
	if (size)
		data = realloc(data, size);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 0;
}

/* How many inputs a folder has; -1 where one of them, or the folder, cannot be read. */
static int run_folder(const char *folder)
{
	struct dirent **entries;
	int n = scandir(folder, &entries, is_input, alphasort);
	int result = n;

	for (int i = 0; i < n; i++) {
		char *path = NULL;

		if (asprintf(&path, "%s/%s", folder, entries[i]->d_name) < 0 || run_file(path) < 0)
			result = -1;
		free(path);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return result;
}

int main(int argc, char **argv)
{
	const char *source = getenv("IPTALLY_SOURCE");
	const char *name = strrchr(argv[0], '_');
	char folder[4096];
	int n;

	for (int i = 1; i < argc; i++)
		if (run_file(argv[i]) < 0)
			return EXIT_FAILURE;
	if (argc > 1)
		return EXIT_SUCCESS;
	snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s", source ? source : ".",
		 name ? name + 1 : "");
	n = run_folder(folder);
	printf("1..1\n%s 1 - the %d inputs of %s\n", n > 0 ? "ok" : "not ok", n, folder);
	return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
