// SPDX-License-Identifier: GPL-2.0-or-later
/* Source lines of addresses, from the line table of their unit (DWARF 5, section 6.2). */
#include "symbolizer/dwarf_unit.h"

/* The first row after `from` that begins above addr. */
static size_t row_above(Dwarf_Lines *lines, size_t from, size_t count, uint64_t addr)
{
	while (from < count) {
		size_t middle = from + (count - from) / 2;
		Dwarf_Addr begin;

		if (dwarf_lineaddr(dwarf_onesrcline(lines, middle), &begin) || begin > addr)
			count = middle;
		else
			from = middle + 1;
	}
	return from;
}

static int read_row(struct dwarf_unit *unit, Dwarf_Line *row, struct dwarf_answer *answer)
{
	bool ends;
	int line;

	if (dwarf_lineendsequence(row, &ends) || ends || dwarf_lineno(row, &line) || line <= 0)
		return 0;
	answer->line = (uint32_t)line;
	return dwarf_unit_keep_path(unit, dwarf_linesrc(row, NULL, NULL), &answer->file);
}

int dwarf_lines_read(struct dwarf_unit *unit)
{
	Dwarf_Lines *lines;
	size_t count;
	int err = 0;

	if (dwarf_getsrclines(&unit->die, &lines, &count))
		return 0;
	for (size_t s = 0; s < unit->nr_spans; s++) {
		size_t row = 0;

		for (size_t i = unit->spans[s].first; i < unit->spans[s].end && !err; i++) {
			struct dwarf_answer *answer = &unit->answers->answers[i];

			row = row_above(lines, row, count, answer->addr);
			if (row && !answer->done && !answer->line)
				err = read_row(unit, dwarf_onesrcline(lines, row - 1), answer);
		}
	}
	return err;
}
