// SPDX-License-Identifier: GPL-2.0-or-later
/* Leaving libdw when there is no memory; see dwarf_memory.h. */
#include "symbolizer/dwarf_memory.h"

#include <assert.h>
#include <setjmp.h>
#include <stdlib.h>

/* What malloc() keeps when it is freed, and hands out again: less than glibc gives back (M_TRIM_THRESHOLD). */
#define RESERVE_BYTES (64 * 1024)

/* Tables of the largest units have some ten thousand entries. Never touched, so it costs two calls. */
#define AMPLE_BYTES (4 * 1024 * 1024)

/* libdw's handler is not told for whom it is called. */
static _Thread_local jmp_buf *way_out;

__attribute__((noreturn)) static void leave(void)
{
	assert(way_out);
	longjmp(*way_out, 1);
}

int dwarf_memory_run(int (*work)(void *data), void *data)
{
	jmp_buf here, *const outer = way_out;
	int err;

	if (setjmp(here)) {
		way_out = outer;
		return DWARF_NO_MEMORY;
	}
	way_out = &here;
	err = work(data);
	way_out = outer;
	return err;
}

void dwarf_memory_guard(Dwarf *dwarf)
{
	dwarf_new_oom_handler(dwarf, leave);
}

static bool can_have(size_t bytes)
{
	void *volatile reserve = malloc(bytes);
	bool had = reserve != NULL;

	free(reserve);
	return had;
}

bool dwarf_memory_left(void)
{
	return can_have(RESERVE_BYTES);
}

bool dwarf_memory_ample(void)
{
	return can_have(AMPLE_BYTES) && dwarf_memory_left();
}
