/* How much memory there is for this process, by what the kernel tells. */
#ifndef IPTALLY_BASE_MEMORY_LIMIT_H
#define IPTALLY_BASE_MEMORY_LIMIT_H

#include <stdint.h>

/*
 * Bytes that the machine has available (proc(5), MemAvailable), or that the process's control group
 * allows where that is less (cgroup v2, memory.max, of its parents too). UINT64_MAX where neither is
 * told. Root: in front of /proc and /sys, "" for the machine's own.
 */
uint64_t memory_limit(const char *root);

#endif
