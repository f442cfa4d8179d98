/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ceiling of --max-memory: what the program may hold, with all that the kernel holds for it. Beyond
 * it allocations fail, which is an error like others, and not the end that the kernel makes of a
 * process whose cgroup is full.
 */
#ifndef BOLOMETER_MEMORY_H
#define BOLOMETER_MEMORY_H

#include <stdint.h>

#include "profiler/options.h"

/*
 * What --max-memory says, or without it half of what the machine has, or three quarters of what the
 * cgroup may have, which is less shared. 0: there is no ceiling.
 */
uint64_t memory_ceiling(const struct options *options);

/* From now on allocations of this process fail that would make it hold more; 0: no ceiling. */
void memory_hold_to(uint64_t bytes);

/* After an error: says what the ceiling is, if there was no memory. */
void memory_say_shortage(void);

#endif
