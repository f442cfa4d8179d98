/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of us when libdw finds no memory. It would end the program; told
 * to do otherwise, it expects not to be returned to. So work with libdw is run
 * in a frame that it is left for, and what it worked on is given up.
 */
#ifndef BOLOMETER_SYMBOLIZER_DWARF_MEMORY_H
#define BOLOMETER_SYMBOLIZER_DWARF_MEMORY_H

#include <elfutils/libdw.h>
#include <errno.h>
#include <stdbool.h>

#define DWARF_NO_MEMORY (-ENOBUFS)

/*
 * Runs `work`, and returns what it does, or DWARF_NO_MEMORY when a guarded Dwarf found none in it.
 * Then `work` was left at any call of libdw: whatever is to be freed must be reachable from `data`.
 */
int dwarf_memory_run(int (*work)(void *data), void *data);

/* Makes a Dwarf one that may be used in dwarf_memory_run(), and nowhere else. */
void dwarf_memory_guard(Dwarf *dwarf);

/*
 * Whether the next few allocations will succeed: for when libdw begins with a file, or a unit, which
 * takes little, but is not prepared for less: it stumbles over what it could not allocate.
 */
bool dwarf_memory_left(void);

/*
 * Whether there is as much as one unit may take at once: some of libdw's tables grow in allocations
 * that it only asserts (lib/dynamicsizehash_concurrent.c).
 */
bool dwarf_memory_ample(void);

#endif
