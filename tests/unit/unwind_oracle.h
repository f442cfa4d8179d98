/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables against libdw, which reads call-frame information by code of its own:
 * at every address where one of the two changes its answer, and at the one
 * before, both must say the same.
 */
#ifndef BOLOMETER_TESTS_UNWIND_ORACLE_H
#define BOLOMETER_TESTS_UNWIND_ORACLE_H

#include <dwarf.h>
#include <elf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/unwind/table/table.h"

#define ORACLE_ENTRY_BYTES 64 /* after the entry point, where we know more than is written */
#define ORACLE_REPORTED	   10 /* differences of one object that are shown */
#define ORACLE_SIGNAL_RSP  160
#define ORACLE_SIGNAL_RBP  120
#define ORACLE_SIGNAL_RIP  168

struct oracle {
	const char *name;
	struct unwind_table table;
	Elf *elf;
	Dwarf *dwarf;
	Dwarf_CFI *cfi;
	bool is_debug_frame;
	uint16_t machine;
	uint64_t entry;
	uint64_t checked, differences;
};

/* ---- libdw's answer as a row ----------------------------------------------------------------- */

#define ORACLE_OTHER ((struct unwind_row){.rule = UNWIND_RULE(UNWIND_CFA_OTHER, UNWIND_FP_SAME)})

/* "register + number" among operations, or false. */
static bool oracle_is_register(const Dwarf_Op *op, uint64_t *ret_reg, int64_t *ret_offset)
{
	if (op->atom >= DW_OP_breg0 && op->atom <= DW_OP_breg31) {
		*ret_reg = op->atom - DW_OP_breg0;
		*ret_offset = (int64_t)op->number;
		return true;
	}
	*ret_reg = op->number;
	*ret_offset = (int64_t)op->number2;
	return op->atom == DW_OP_bregx;
}

static bool oracle_words(int64_t bytes, int64_t low, int64_t high, int64_t *ret_words)
{
	*ret_words = bytes / 8;
	return bytes % 8 == 0 && *ret_words >= low && *ret_words <= high;
}

static bool oracle_is_plt(const Dwarf_Op *ops, size_t count)
{
	return count == 9 && ops[1].atom == DW_OP_breg16 && ops[1].number == 0 &&
	       ops[2].atom == DW_OP_lit15 && ops[3].atom == DW_OP_and &&
	       ops[4].atom >= DW_OP_lit0 && ops[4].atom <= DW_OP_lit15 && ops[5].atom == DW_OP_ge &&
	       ops[6].atom == DW_OP_lit3 && ops[7].atom == DW_OP_shl && ops[8].atom == DW_OP_plus;
}

/* A register's place. */
struct oracle_place {
	enum {
		ORACLE_SAME,
		ORACLE_LOST,
		ORACLE_CFA,	 /* at CFA + offset */
		ORACLE_REGISTER, /* at register + offset */
		ORACLE_HELD,	 /* in a register */
		ORACLE_ELSEWHERE
	} how;
	uint64_t reg;
	int64_t offset;
};

static struct oracle_place oracle_place(Dwarf_Frame *frame, int reg)
{
	struct oracle_place place = {.how = ORACLE_ELSEWHERE};
	Dwarf_Op memory[3], *ops;
	size_t count;

	if (dwarf_frame_register(frame, reg, memory, &ops, &count))
		return place;
	if (!count) {
		place.how = ops ? ORACLE_LOST : ORACLE_SAME;
	} else if (ops[0].atom == DW_OP_regx && count == 1) {
		place.how = ORACLE_HELD;
		place.reg = ops[0].number;
	} else if (ops[0].atom == DW_OP_call_frame_cfa && count == 1) {
		place.how = ORACLE_CFA;
	} else if (ops[0].atom == DW_OP_call_frame_cfa && count == 2 &&
		   ops[1].atom == DW_OP_plus_uconst) {
		place.how = ORACLE_CFA;
		place.offset = (int64_t)ops[1].number;
	} else if (ops[0].atom == DW_OP_call_frame_cfa && count == 2 &&
		   oracle_is_register(&ops[1], &place.reg, &place.offset)) {
		place.how = ORACLE_REGISTER; /* an expression that leaves the CFA unused */
	}
	return place;
}

/* The CFA half of a row; false when it has no row kind. */
static bool oracle_cfa(const struct oracle *oracle, Dwarf_Frame *frame, struct unwind_row *row)
{
	uint64_t reg, sp = oracle->machine == EM_X86_64 ? 7 : 31;
	uint64_t fp = oracle->machine == EM_X86_64 ? 6 : 29;
	int64_t offset, words;
	enum unwind_cfa kind;
	Dwarf_Op *ops;
	size_t count;

	if (dwarf_frame_cfa(frame, &ops, &count) || !count ||
	    !oracle_is_register(&ops[0], &reg, &offset) ||
	    !oracle_words(offset, INT16_MIN, INT16_MAX, &words))
		return false;
	if (count == 1) {
		kind = reg == sp ? UNWIND_CFA_SP : reg == fp ? UNWIND_CFA_FP : UNWIND_CFA_REG;
		if (kind == UNWIND_CFA_REG && (words < -1023 || words > 1023))
			return false;
		if (kind == UNWIND_CFA_REG) /* the register in the low bits, as in the ABI */
			words = words * 32 + (int64_t)reg;
	} else if (oracle->machine != EM_X86_64) {
		return false;
	} else if (oracle_is_plt(ops, count) && reg == sp) {
		kind = UNWIND_CFA_PLT;
		row->saved = (int8_t)(ops[4].atom - DW_OP_lit0);
	} else if (count == 2 && ops[1].atom == DW_OP_deref && reg == fp) {
		kind = UNWIND_CFA_FP_DEREF;
	} else if (count == 3 && ops[1].atom == DW_OP_deref && reg == sp &&
		   ops[2].atom == DW_OP_plus_uconst && ops[2].number == 8) {
		kind = UNWIND_CFA_SP_DEREF;
	} else {
		return false;
	}
	row->cfa = (int16_t)words;
	row->rule = UNWIND_RULE(kind, UNWIND_FP_SAME);
	return reg <= (oracle->machine == EM_X86_64 ? 15U : 31U);
}

/* *(SP + o) with all that belongs to the kernel's signal frame around it. */
static bool oracle_signal(Dwarf_Frame *frame, struct unwind_row *row)
{
	struct oracle_place fp = oracle_place(frame, 6), ra = oracle_place(frame, 16);
	int64_t offset, words;
	uint64_t reg;
	Dwarf_Op *ops;
	size_t count;

	if (dwarf_frame_cfa(frame, &ops, &count) || count != 2 || ops[1].atom != DW_OP_deref ||
	    !oracle_is_register(&ops[0], &reg, &offset) || reg != 7 ||
	    !oracle_words(offset - ORACLE_SIGNAL_RSP, INT16_MIN, INT16_MAX, &words))
		return false;
	*row = (struct unwind_row){.cfa = (int16_t)words,
				   .rule = UNWIND_RULE(UNWIND_CFA_SIGNAL, UNWIND_FP_SAME)};
	return fp.how == ORACLE_REGISTER && fp.reg == 7 &&
	       fp.offset == offset + ORACLE_SIGNAL_RBP - ORACLE_SIGNAL_RSP &&
	       ra.how == ORACLE_REGISTER && ra.reg == 7 &&
	       ra.offset == offset + ORACLE_SIGNAL_RIP - ORACLE_SIGNAL_RSP;
}

static struct unwind_row oracle_row_x86(const struct oracle *oracle, Dwarf_Frame *frame,
					bool is_signal)
{
	struct oracle_place fp = oracle_place(frame, 6), ra = oracle_place(frame, 16);
	struct unwind_row row = {0};
	enum unwind_cfa kind;
	int64_t words;

	if (ra.how == ORACLE_LOST)
		return (struct unwind_row){.rule = UNWIND_RULE(UNWIND_CFA_END, UNWIND_FP_SAME)};
	if (is_signal && oracle_signal(frame, &row))
		return row;
	row = (struct unwind_row){0};
	if (ra.how == ORACLE_HELD && ra.reg < 16 && fp.how == ORACLE_SAME &&
	    oracle_cfa(oracle, frame, &row) && UNWIND_RULE_CFA(row.rule) == UNWIND_CFA_SP) {
		row.rule = UNWIND_RULE(UNWIND_CFA_LINK, UNWIND_FP_SAME);
		row.saved = (int8_t)ra.reg;
		return row;
	}
	row = (struct unwind_row){0};
	if (!oracle_cfa(oracle, frame, &row) || ra.how != ORACLE_CFA || ra.offset != -8)
		return ORACLE_OTHER;
	kind = UNWIND_RULE_CFA(row.rule);
	if (fp.how == ORACLE_SAME)
		return row;
	if (kind == UNWIND_CFA_PLT)
		return ORACLE_OTHER;
	if (fp.how == ORACLE_REGISTER && fp.reg == 7 && kind == UNWIND_CFA_SP)
		fp = (struct oracle_place){.how = ORACLE_CFA, .offset = fp.offset - row.cfa * 8};
	if (!oracle_words(fp.offset, INT8_MIN, INT8_MAX, &words))
		return ORACLE_OTHER;
	row.saved = (int8_t)words;
	row.rule = UNWIND_RULE(kind, fp.how == ORACLE_CFA ? UNWIND_FP_AT_CFA : UNWIND_FP_AT_FP);
	return fp.how == ORACLE_CFA || (fp.how == ORACLE_REGISTER && fp.reg == 6) ? row
										  : ORACLE_OTHER;
}

static struct unwind_row oracle_row_arm64(const struct oracle *oracle, Dwarf_Frame *frame)
{
	struct oracle_place fp = oracle_place(frame, 29), lr = oracle_place(frame, 30);
	struct unwind_row row = {0};
	enum unwind_fp saved;
	int64_t words;

	if (lr.how == ORACLE_LOST)
		return (struct unwind_row){.rule = UNWIND_RULE(UNWIND_CFA_END, UNWIND_FP_SAME)};
	if (!oracle_cfa(oracle, frame, &row))
		return ORACLE_OTHER;
	if (fp.how == ORACLE_SAME && lr.how == ORACLE_SAME)
		return row;
	if (fp.how == ORACLE_CFA && lr.how == ORACLE_CFA && lr.offset == fp.offset + 8)
		saved = UNWIND_FP_AT_CFA;
	else if (fp.how == ORACLE_SAME && lr.how == ORACLE_CFA)
		saved = UNWIND_LR_AT_CFA;
	else
		return ORACLE_OTHER;
	if (!oracle_words(saved == UNWIND_FP_AT_CFA ? fp.offset : lr.offset, INT8_MIN, INT8_MAX,
			  &words)) {
		/* Too far from the CFA: from the register that it counts from. */
		if (saved != UNWIND_FP_AT_CFA || UNWIND_RULE_CFA(row.rule) == UNWIND_CFA_REG ||
		    !oracle_words(fp.offset + row.cfa * 8, INT8_MIN, INT8_MAX, &words))
			return ORACLE_OTHER;
		saved = UNWIND_RULE_CFA(row.rule) == UNWIND_CFA_SP ? UNWIND_FP_AT_SP
								   : UNWIND_FP_AT_FP;
	}
	row.saved = (int8_t)words;
	row.rule = UNWIND_RULE(UNWIND_RULE_CFA(row.rule), saved);
	return row;
}

/* What libdw says of an address (p_vaddr), and from where to where it says so. */
static struct unwind_row oracle_row(const struct oracle *oracle, uint64_t addr, uint64_t *ret_start,
				    uint64_t *ret_end)
{
	struct unwind_row row = {.rule = UNWIND_RULE(UNWIND_CFA_NONE, UNWIND_FP_SAME)};
	Dwarf_Frame *frame;
	bool is_signal;
	int ra;

	*ret_start = addr;
	*ret_end = 0;
	if (dwarf_cfi_addrframe(oracle->cfi, addr, &frame))
		return row;
	ra = dwarf_frame_info(frame, ret_start, ret_end, &is_signal);
	if (ra != (oracle->machine == EM_X86_64 ? 16 : 30))
		row = ORACLE_OTHER;
	else if (oracle->machine == EM_X86_64)
		row = oracle_row_x86(oracle, frame, is_signal);
	else
		row = oracle_row_arm64(oracle, frame);
	free(frame);
	return row;
}

/* ---- comparing ------------------------------------------------------------------------------- */

static void oracle_report(const struct oracle *oracle, uint64_t addr, const struct unwind_row *ours,
			  const struct unwind_row *theirs)
{
	static const struct unwind_row none;

	if (!ours)
		ours = &none;
	printf("# %s: at %" PRIx64 " the row is cfa %d.%d fp %d.%d, libdw has cfa %d.%d fp %d.%d\n",
	       oracle->name, addr, UNWIND_RULE_CFA(ours->rule), ours->cfa,
	       UNWIND_RULE_FP(ours->rule), ours->saved, UNWIND_RULE_CFA(theirs->rule), theirs->cfa,
	       UNWIND_RULE_FP(theirs->rule), theirs->saved);
}

static bool oracle_same(const struct oracle *oracle, uint64_t addr, const struct unwind_row *ours,
			const struct unwind_row *theirs)
{
	uint8_t none = UNWIND_RULE(UNWIND_CFA_NONE, UNWIND_FP_SAME);

	if (!ours)
		return theirs->rule == none;
	if (theirs->rule == none && UNWIND_RULE_CFA(ours->rule) == UNWIND_CFA_END)
		return addr - oracle->entry < ORACLE_ENTRY_BYTES;
	if (theirs->rule == none && UNWIND_RULE_CFA(ours->rule) == UNWIND_CFA_OTHER)
		return oracle->table.damaged > 0; /* libdw has no answer for damage */
	return ours->cfa == theirs->cfa && ours->saved == theirs->saved &&
	       ours->rule == theirs->rule;
}

/* Compares at one address; returns the end of what libdw says there, 0 for nothing. */
static uint64_t oracle_check_at(struct oracle *oracle, uint64_t addr)
{
	uint64_t start, end;
	struct unwind_row theirs = oracle_row(oracle, addr, &start, &end);
	const struct unwind_row *ours =
		unwind_table_find(&oracle->table, addr - oracle->table.base);

	oracle->checked++;
	if (!oracle_same(oracle, addr, ours, &theirs) && oracle->differences++ < ORACLE_REPORTED)
		oracle_report(oracle, addr, ours, &theirs);
	return end;
}

static void oracle_check_rows(struct oracle *oracle)
{
	const struct unwind_table *table = &oracle->table;
	const struct unwind_row *rows =
		(const struct unwind_row *)(table->units + table->nr_units - table->nr_rows);

	for (size_t i = 0; i < table->nr_rows; i++) {
		oracle_check_at(oracle, table->base + rows[i].addr);
		oracle_check_at(oracle, table->base + rows[i].addr - 1);
	}
}

/* Every stretch of [start, limit) for which libdw has one answer. */
static void oracle_check_stretches(struct oracle *oracle, uint64_t start, uint64_t limit)
{
	uint64_t end;

	oracle_check_at(oracle, start - 1);
	while (start < limit && (end = oracle_check_at(oracle, start)) > start) {
		oracle_check_at(oracle, end - 1);
		start = end;
	}
	oracle_check_at(oracle, limit);
}

/* ---- libdw's entries ------------------------------------------------------------------------- */

/* How an entry's addresses are written. */
static uint8_t oracle_encoding(const Dwarf_CIE *cie)
{
	const char *letter = cie->augmentation;
	const uint8_t *at = cie->augmentation_data;

	if (*letter != 'z')
		return DW_EH_PE_absptr;
	for (letter++; *letter; letter++) {
		if (*letter == 'R')
			return *at;
		if (*letter == 'P')
			at += (*at & 7) == DW_EH_PE_udata4 ? 5 : 9;
		else if (*letter == 'L')
			at++;
	}
	return DW_EH_PE_absptr;
}

/* An entry's code; false where there is none, or the encoding is not among the usual ones. */
static bool oracle_entry_range(const Dwarf_CIE *cie, const Dwarf_FDE *fde, uint64_t section_addr,
			       const uint8_t *data, uint64_t *ret_start, uint64_t *ret_end)
{
	uint8_t encoding = oracle_encoding(cie);
	int32_t relative[2];
	uint64_t absolute[2];

	if (encoding == DW_EH_PE_absptr) {
		memcpy(absolute, fde->start, sizeof(absolute));
		*ret_start = absolute[0];
		*ret_end = absolute[0] + absolute[1];
		return absolute[0] && absolute[1];
	}
	if (encoding != (DW_EH_PE_pcrel | DW_EH_PE_sdata4))
		return false;
	memcpy(relative, fde->start, sizeof(relative));
	*ret_start = section_addr + (uint64_t)(fde->start - data) + (uint64_t)(int64_t)relative[0];
	*ret_end = *ret_start + (uint64_t)relative[1];
	return relative[0] && relative[1];
}

static void oracle_check_entries(struct oracle *oracle, const unsigned char *ident, Elf_Data *data,
				 uint64_t addr)
{
	Dwarf_Off at = 0, next;
	Dwarf_CFI_Entry entry, cie;

	while (dwarf_next_cfi(ident, data, !oracle->is_debug_frame, at, &next, &entry) == 0) {
		uint64_t start, end;
		Dwarf_Off unused;

		at = next;
		if (!dwarf_cfi_cie_p(&entry) &&
		    !dwarf_next_cfi(ident, data, !oracle->is_debug_frame, entry.fde.CIE_pointer,
				    &unused, &cie) &&
		    oracle_entry_range(&cie.cie, &entry.fde, addr, data->d_buf, &start, &end))
			oracle_check_stretches(oracle, start, end);
	}
}

static void oracle_check_section(struct oracle *oracle)
{
	const char *wanted = oracle->is_debug_frame ? ".debug_frame" : ".eh_frame";
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(oracle->elf, &names))
		return;
	while ((section = elf_nextscn(oracle->elf, section))) {
		GElf_Shdr header;

		if (!gelf_getshdr(section, &header) ||
		    strcmp(elf_strptr(oracle->elf, names, header.sh_name), wanted) != 0)
			continue;
		if (header.sh_flags & SHF_COMPRESSED)
			elf_compress(section, 0, 0);
		oracle_check_entries(oracle, (const void *)elf_getident(oracle->elf, NULL),
				     elf_rawdata(section, NULL), header.sh_addr);
	}
}

/*
 * Compares the file; the name is for reports. Returns 0 when it was compared, else what kept the
 * table or libdw from reading it.
 */
static int oracle_check(int fd, const char *name, struct oracle *ret_oracle)
{
	struct oracle oracle = {.name = name};
	GElf_Ehdr header;
	int err = unwind_table_build(fd, &oracle.table);

	if (err)
		return err;
	elf_version(EV_CURRENT);
	oracle.elf = elf_begin(fd, ELF_C_READ, NULL);
	if (oracle.elf && gelf_getehdr(oracle.elf, &header)) {
		oracle.machine = header.e_machine;
		oracle.entry = header.e_entry;
		oracle.cfi = dwarf_getcfi_elf(oracle.elf);
	}
	if (!oracle.cfi && (oracle.dwarf = dwarf_begin_elf(oracle.elf, DWARF_C_READ, NULL))) {
		oracle.is_debug_frame = true;
		oracle.cfi = dwarf_getcfi(oracle.dwarf);
	}
	if (oracle.cfi) {
		oracle_check_rows(&oracle);
		oracle_check_section(&oracle);
	} else {
		err = -ENOTSUP;
	}
	if (oracle.is_debug_frame)
		dwarf_end(oracle.dwarf);
	else
		dwarf_cfi_end(oracle.cfi);
	elf_end(oracle.elf);
	*ret_oracle = oracle;
	return err;
}

static void oracle_fini(struct oracle *oracle)
{
	unwind_table_fini(&oracle->table);
}

#endif
