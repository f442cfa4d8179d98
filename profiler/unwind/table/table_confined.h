/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of files that are read in confined processes (profiler/model/confine.h), one for each file.
 * A table that comes from one is checked as a whole: it may be wrong, but only about its own file.
 */
#ifndef BOLOMETER_UNWIND_TABLE_CONFINED_H
#define BOLOMETER_UNWIND_TABLE_CONFINED_H

#include <stdbool.h>

#include "profiler/unwind/table/table.h"

/* As unwind_table_build(); -EBADMSG also when the process ended, or said what is no table. */
int unwind_table_build_confined(int fd, struct unwind_table *ret_table);

/* Whether units, which somebody else has put together, are a table. Fills in the number of rows, and of others. */
bool unwind_table_check(struct unwind_table *table);

#endif
