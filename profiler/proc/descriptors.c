// SPDX-License-Identifier: GPL-2.0-or-later
/* See descriptors.h. */
#include "profiler/proc/descriptors.h"

#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

/* The symbolizer opens what was held once more. */
#define HOLD_PART 2

int descriptor_hold(int fd)
{
	struct rlimit limit;

	if (fd < 0 || getrlimit(RLIMIT_NOFILE, &limit) || (rlim_t)fd < limit.rlim_cur / HOLD_PART)
		return fd;
	close(fd);
	return -EMFILE;
}
