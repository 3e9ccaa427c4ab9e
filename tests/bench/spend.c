/*
 * Runs a program to its end and says what it spent, for the benchmark: as little around it as can
 * be, so that its own start is all that is measured beside it.
 *
 *   spend PROGRAM ARGUMENT...
 *
 * The last line of standard error is `spent user_us=N system_us=N peak_kib=N elapsed_us=N`.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static long long to_us(struct timeval time)
{
	return time.tv_sec * 1000000LL + time.tv_usec;
}

int main(int argc, char **argv)
{
	long long begun = now_us();
	struct rusage usage;
	int status;
	pid_t child;

	if (argc < 2) {
		fputs("usage: spend PROGRAM ARGUMENT...\n", stderr);
		return 2;
	}
	child = vfork();
	if (child == 0) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) < 0) {
		perror(argv[1]);
		return 126;
	}
	fprintf(stderr, "\nspent user_us=%lld system_us=%lld peak_kib=%ld elapsed_us=%lld\n",
		to_us(usage.ru_utime), to_us(usage.ru_stime), usage.ru_maxrss, now_us() - begun);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}
