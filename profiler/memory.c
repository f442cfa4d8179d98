// SPDX-License-Identifier: GPL-2.0-or-later
/* See memory.h. */
#include "profiler/memory.h"

#include <sys/resource.h>

#include "profiler/proc/host_memory.h"
#include "profiler/say.h"

/* Address sanitizer maps terabytes for itself, as do its kin. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SHADOW 1
#else
#define HAS_SHADOW 0
#endif

static uint64_t ceiling_said;

uint64_t memory_ceiling(const struct options *options)
{
	struct host_memory memory;

	if (options->max_memory_bytes)
		return options->max_memory_bytes;
	memory = host_memory();
	return memory.is_cgroup ? memory.bytes / 4 * 3 : memory.bytes / 2;
}

/* RLIMIT_DATA counts private writable memory since Linux 4.7: all that malloc() and stacks take. */
void memory_hold_to(uint64_t bytes)
{
	struct rlimit limit;

	if (!bytes || HAS_SHADOW || getrlimit(RLIMIT_DATA, &limit))
		return;
	if (limit.rlim_max != RLIM_INFINITY && bytes > limit.rlim_max)
		bytes = limit.rlim_max;
	limit.rlim_cur = bytes;
	if (!setrlimit(RLIMIT_DATA, &limit))
		ceiling_said = bytes;
}

void memory_say_shortage(void)
{
	if (say_lacked_memory && ceiling_said)
		say_more("It held no more than %.0f MB for itself; --max-memory SIZE allows more.",
			 (double)ceiling_said / (1 << 20));
}
