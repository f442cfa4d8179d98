/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of files that are read in confined processes (profiler/workers/confine.h). A table that comes
 * from one is checked as a whole: it may be wrong, but it is a table.
 *
 * A process reads a few dozen files, as making one for each takes longer than most tables do, and code
 * that runs meanwhile has none; what one that was taken over can do is to say wrong tables for the next.
 */
#ifndef BOLOMETER_UNWIND_TABLE_CONFINED_H
#define BOLOMETER_UNWIND_TABLE_CONFINED_H

#include <stdbool.h>

#include "profiler/unwind/table/table.h"

/*
 * As unwind_table_build(); -EBADMSG also when the process ended, or said what is no table. Thread-safe.
 * A process stays, to be asked again, until there is no more to be built.
 */
int unwind_table_build_confined(int fd, struct unwind_table *ret_table);
void unwind_table_end_confined(void);

/* Whether units that somebody else has put together are a table. Fills in how many rows it has. */
bool unwind_table_check(struct unwind_table *table);

#endif
