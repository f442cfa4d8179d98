// SPDX-License-Identifier: GPL-2.0-or-later
/* Source lines of addresses, from the line table of their unit (DWARF 5, section 6.2). */
#include <dwarf.h>

#include "symbolizer/dwarf_unit.h"

/* libdw makes up to a hundred bytes of one, all at once. Whole programs in one unit have a third. */
#define MAX_PROGRAM_BYTES (16ULL << 20)

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

/* The answer goes for the addresses of its row: from that before `next` on, to below it. */
static void limit(Dwarf_Lines *lines, size_t next, size_t count, struct dwarf_answer *answer)
{
	Dwarf_Addr begin = 0, end = 0;

	if (next)
		dwarf_lineaddr(dwarf_onesrcline(lines, next - 1), &begin);
	if (next < count)
		dwarf_lineaddr(dwarf_onesrcline(lines, next), &end);
	dwarf_answer_limit(answer, begin, end ? end - 1 : UINT64_MAX);
}

/* Whether the unit's line table is one that libdw may be asked for. */
static bool is_affordable(struct dwarf_unit *unit)
{
	Dwarf_Attribute attr;
	Dwarf_Word off;
	uint64_t len;

	if (!dwarf_attr(&unit->die, DW_AT_stmt_list, &attr) || dwarf_formudata(&attr, &off))
		return false;
	len = dwarf_image_line_program(unit->image, off);
	if (!len || len > MAX_PROGRAM_BYTES || !dwarf_unit_may(unit, len))
		return false;
	unit->line_bytes += len;
	return true;
}

int dwarf_lines_read(struct dwarf_unit *unit)
{
	Dwarf_Lines *lines;
	size_t count;
	int err = 0;

	if (!is_affordable(unit) || dwarf_getsrclines(&unit->die, &lines, &count))
		return 0;
	for (size_t s = 0; s < unit->nr_spans; s++) {
		size_t row = 0;

		for (size_t i = unit->spans[s].first; i < unit->spans[s].end && !err; i++) {
			struct dwarf_answer *answer = &unit->answers->answers[i];

			row = row_above(lines, row, count, answer->addr);
			limit(lines, row, count, answer);
			if (row && !answer->done && !answer->line)
				err = read_row(unit, dwarf_onesrcline(lines, row - 1), answer);
		}
	}
	return err;
}
