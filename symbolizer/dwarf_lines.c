// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Source lines of addresses, from the line number program of their unit (DWARF 5, section 6.2).
 *
 * The program is run once, and of the rows that it makes none is kept: each goes for the addresses
 * up to the next one in its sequence, and those that are asked for among them take its line.
 */
#include <dwarf.h>

#include "symbolizer/dwarf_unit.h"

/* The registers of the machine that are of use here, and what became of the rows so far. */
struct run {
	struct dwarf_unit *unit;
	struct dwarf_line_table *table;
	struct dwarf_reader reader;
	uint64_t addr, operation, file, line;
	/* The row at hand and those before it in its sequence that say the same; none after an end. */
	bool open;
	uint64_t first, last_addr, row_file, row_line;
	size_t at; /* of the answers: where `first` belongs */
};

/* ---- rows ------------------------------------------------------------------------------------ */

/* Of several rows for an address, of different sequences, the one that begins last wins. */
static int take_row(struct run *run, struct dwarf_answer *answer)
{
	if (!answer->here || answer->done || run->first < answer->row)
		return 0;
	answer->row = run->first;
	answer->line = run->row_line <= INT32_MAX ? (uint32_t)run->row_line : 0;
	answer->file = NULL;
	if (!answer->line)
		return 0;
	return dwarf_line_table_path(run->table, run->row_file, run->unit->store, &answer->file);
}

/* The rows at hand go for the addresses below `end`, and for no other ones. */
static int end_rows(struct run *run, uint64_t end)
{
	struct dwarf_answers *answers = run->unit->answers;
	struct dwarf_answer *all = answers->answers;
	size_t at = run->at;
	int err = 0;

	if (!run->open || run->first >= end)
		return 0;
	if ((at < answers->count && all[at].addr < run->first) ||
	    (at && all[at - 1].addr >= run->first))
		at = dwarf_unit_span(run->unit, run->first, run->first).first;
	if (at)
		dwarf_answer_limit(&all[at - 1], 0, run->first - 1);
	for (; at < answers->count && all[at].addr < end && !err; at++) {
		dwarf_answer_limit(&all[at], run->first, end - 1);
		err = take_row(run, &all[at]);
	}
	if (at < answers->count)
		dwarf_answer_limit(&all[at], end, UINT64_MAX);
	run->at = at;
	return err;
}

/* The registers are a row, or the end of the sequence. */
static int add_row(struct run *run, bool ends)
{
	bool same = run->open && !ends && run->addr >= run->last_addr &&
		    run->file == run->row_file && run->line == run->row_line;
	int err = 0;

	if (!same) {
		err = end_rows(run, run->addr);
		run->first = run->addr;
		run->row_file = run->file;
		run->row_line = run->line;
	}
	run->last_addr = run->addr;
	run->open = !ends;
	return err;
}

/* ---- the program ----------------------------------------------------------------------------- */

static void begin_sequence(struct run *run)
{
	run->addr = run->operation = 0;
	run->file = run->line = 1;
}

/* Section 6.2.5.1: an instruction has several operations only on VLIW machines. */
static void advance(struct run *run, uint64_t by)
{
	const struct dwarf_line_table *table = run->table;

	if (table->operations > 1) {
		by += run->operation;
		run->operation = by % table->operations;
		by /= table->operations;
	}
	run->addr += by * table->instruction_len;
}

static int run_special(struct run *run, uint8_t opcode)
{
	const struct dwarf_line_table *table = run->table;
	unsigned int adjusted = opcode - table->opcode_base;

	advance(run, adjusted / table->line_range);
	run->line += (uint64_t)(int64_t)(table->line_base + (int)(adjusted % table->line_range));
	return add_row(run, false);
}

static int run_extended(struct run *run)
{
	struct dwarf_reader reader = run->reader;
	uint64_t len = dwarf_read_uleb(&reader), folder;
	const char *name;
	int err = 0;

	run->reader = reader;
	if (!dwarf_reader_take(&run->reader, len))
		return 0;
	reader.end = run->reader.at;
	switch (dwarf_read_u8(&reader)) {
	case DW_LNE_end_sequence:
		err = add_row(run, true);
		begin_sequence(run);
		return err;
	case DW_LNE_set_address:
		len = dwarf_reader_left(&reader);
		if (len <= sizeof(run->addr))
			run->addr = dwarf_read_fixed(&reader, len);
		run->operation = 0;
		return 0;
	case DW_LNE_define_file:
		name = dwarf_read_string(&reader);
		folder = dwarf_read_uleb(&reader);
		return name ? dwarf_line_table_add(run->table, name, folder) : 0;
	default: /* what else there is, is of no use here, or unknown */
		return 0;
	}
}

static int run_standard(struct run *run, uint8_t opcode)
{
	const struct dwarf_line_table *table = run->table;

	switch (opcode) {
	case DW_LNS_copy:
		return add_row(run, false);
	case DW_LNS_advance_pc:
		advance(run, dwarf_read_uleb(&run->reader));
		return 0;
	case DW_LNS_advance_line:
		run->line += (uint64_t)dwarf_read_sleb(&run->reader);
		return 0;
	case DW_LNS_set_file:
		run->file = dwarf_read_uleb(&run->reader);
		return 0;
	case DW_LNS_const_add_pc:
		advance(run, (255U - table->opcode_base) / table->line_range);
		return 0;
	case DW_LNS_fixed_advance_pc:
		run->addr += dwarf_read_fixed(&run->reader, 2);
		run->operation = 0;
		return 0;
	default:
		for (uint8_t i = table->operand_counts[opcode - 1]; i; i--)
			dwarf_read_uleb(&run->reader);
		return 0;
	}
}

static int run_program(struct run *run)
{
	int err = 0;

	begin_sequence(run);
	while (!err && dwarf_reader_left(&run->reader)) {
		uint8_t opcode = dwarf_read_u8(&run->reader);

		if (opcode >= run->table->opcode_base)
			err = run_special(run, opcode);
		else if (opcode)
			err = run_standard(run, opcode);
		else
			err = run_extended(run);
	}
	return err;
}

/* ---- units ----------------------------------------------------------------------------------- */

int dwarf_unit_lines(struct dwarf_unit *unit, struct dwarf_line_table **ret)
{
	Dwarf_Attribute attr;
	const char *folder = NULL;
	Dwarf_Word off;
	int err = 0;

	*ret = &unit->lines;
	if (unit->lines.read)
		return 0;
	unit->lines.read = true;
	if (!dwarf_attr(&unit->die, DW_AT_stmt_list, &attr) || dwarf_formudata(&attr, &off))
		return 0;
	if (dwarf_attr(&unit->die, DW_AT_comp_dir, &attr))
		folder = dwarf_formstring(&attr);
	err = dwarf_line_table_read(&unit->lines, unit->image, off, folder);
	if (!dwarf_unit_may(unit, dwarf_reader_left(&unit->lines.program)))
		unit->lines.version = 0;
	return err;
}

int dwarf_lines_read(struct dwarf_unit *unit)
{
	struct run run = {.unit = unit};
	int err = dwarf_unit_lines(unit, &run.table);

	if (err || !run.table->version)
		return err;
	run.reader = run.table->program;
	return run_program(&run);
}
