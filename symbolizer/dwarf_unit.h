/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One unit of DWARF, and the addresses in it that are asked for: what the readers of units share. */
#ifndef BOLOMETER_SYMBOLIZER_DWARF_UNIT_H
#define BOLOMETER_SYMBOLIZER_DWARF_UNIT_H

#include <elfutils/libdw.h>

#include "symbolizer/dwarf.h"
#include "symbolizer/dwarf_image.h"
#include "symbolizer/dwarf_line_table.h"
#include "symbolizer/dwarf_split.h"

/* Answers first to end - 1. */
struct dwarf_span {
	size_t first, end;
};

struct dwarf_unit {
	struct dwarf_answers *answers;
	const struct dwarf_wish *wish;
	struct frame_store *store;
	struct dwarf_image *image;
	uint64_t steps; /* what may still be done before the file is taken for an attack */

	Dwarf_Die die;	 /* of the unit, or of the skeleton */
	Dwarf_Die split; /* of what the skeleton stands for; otherwise the same */
	struct dwarf_splits *splits;
	struct dwarf_split open; /* where `split` is */
	struct dwarf_span *spans;
	size_t nr_spans, cap_spans;

	struct dwarf_line_table lines; /* of `die`, once it was needed */
	const char *path, *kept_path;  /* the file named last, by libdw and by the store */
};

/* The answers from addr `low` on, below `high`. */
struct dwarf_span dwarf_unit_span(const struct dwarf_unit *unit, uint64_t low, uint64_t high);

/* Likewise. Something is true of these addresses alone: no answer goes for both sides of an end. */
struct dwarf_span dwarf_unit_part(struct dwarf_unit *unit, uint64_t low, uint64_t high);

/* Takes `count` of the steps; false when there are too few. */
static inline bool dwarf_unit_may(struct dwarf_unit *unit, uint64_t count)
{
	if (unit->steps < count) {
		unit->answers->fleeting = true;
		return false;
	}
	unit->steps -= count;
	return true;
}

/* The answer goes for addresses from `first` to `last` at most. */
static inline void dwarf_answer_limit(struct dwarf_answer *answer, uint64_t first, uint64_t last)
{
	if (answer->first < first)
		answer->first = first;
	if (answer->last > last)
		answer->last = last;
}

/* Makes sure that libdw may read the unit that an entry is in. False where it is not to be had. */
bool dwarf_unit_need(struct dwarf_unit *unit, Dwarf_Die *die);

/* The store's copy of a path that libdw returned; NULL stays NULL. Returns 0 or -ENOMEM. */
int dwarf_unit_keep_path(struct dwarf_unit *unit, const char *path, const char **ret);

/* The line table of the unit, which is read when it is first asked for. Returns 0 or -ENOMEM. */
int dwarf_unit_lines(struct dwarf_unit *unit, struct dwarf_line_table **ret);

/* Each fills in its part of the answers in the unit's spans. Returns 0 or -ENOMEM. */
int dwarf_inlines_read(struct dwarf_unit *unit);
int dwarf_lines_read(struct dwarf_unit *unit);

#endif
