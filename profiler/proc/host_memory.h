/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much memory there is for this process, and how much it has. */
#ifndef BOLOMETER_PROC_HOST_MEMORY_H
#define BOLOMETER_PROC_HOST_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/* The least of what the machine has and what the cgroups that we are in may have, v1 or v2. */
struct host_memory {
	uint64_t bytes; /* 0: cannot be told */
	bool is_cgroup; /* it is a cgroup's */
};

struct host_memory host_memory(void);

/* What this process holds now that is its own: no files, nothing that is shared. 0: cannot be told. */
uint64_t host_memory_held(void);

#endif
