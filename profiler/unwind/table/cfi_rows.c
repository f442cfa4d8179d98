// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The machine that executes call-frame instructions; see cfi_rows.h. It runs
 * from one address to the next, and what then holds becomes a row.
 */
#include "profiler/unwind/table/cfi_rows.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>

#include "profiler/model/alloc.h"
#include "profiler/unwind/table/cfi_reader.h"
#include "profiler/unwind/table/cfi_row_fields.h"

/* DWARF 5, section 7.24; the three with an operand in their low bits stand in the high two. */
enum {
	CFA_HIGH = 0xc0,
	CFA_ADVANCE_LOC = 0x40,
	CFA_OFFSET = 0x80,
	CFA_RESTORE = 0xc0,

	CFA_NOP = 0x00,
	CFA_SET_LOC = 0x01,
	CFA_ADVANCE_LOC1 = 0x02,
	CFA_ADVANCE_LOC2 = 0x03,
	CFA_ADVANCE_LOC4 = 0x04,
	CFA_OFFSET_EXTENDED = 0x05,
	CFA_RESTORE_EXTENDED = 0x06,
	CFA_UNDEFINED = 0x07,
	CFA_SAME_VALUE = 0x08,
	CFA_REGISTER = 0x09,
	CFA_REMEMBER_STATE = 0x0a,
	CFA_RESTORE_STATE = 0x0b,
	CFA_DEF_CFA = 0x0c,
	CFA_DEF_CFA_REGISTER = 0x0d,
	CFA_DEF_CFA_OFFSET = 0x0e,
	CFA_DEF_CFA_EXPRESSION = 0x0f,
	CFA_EXPRESSION = 0x10,
	CFA_OFFSET_EXTENDED_SF = 0x11,
	CFA_DEF_CFA_SF = 0x12,
	CFA_DEF_CFA_OFFSET_SF = 0x13,
	CFA_VAL_OFFSET = 0x14,
	CFA_VAL_OFFSET_SF = 0x15,
	CFA_VAL_EXPRESSION = 0x16,

	CFA_MIPS_ADVANCE_LOC8 = 0x1d,
	CFA_AARCH64_NEGATE_RA_STATE_WITH_PC = 0x2c,
	CFA_AARCH64_NEGATE_RA_STATE = 0x2d,
	CFA_GNU_ARGS_SIZE = 0x2e,
	CFA_GNU_NEGATIVE_OFFSET_EXTENDED = 0x2f,
};

/* One run of instructions. Damage fails the reader, which ends the run. */
struct run {
	struct cfi_reader reader;
	const struct cfi_section *section;
	const struct cfi_machine *machine;
	const struct cfi_cie *cie;
	const struct cfi_state *initial; /* NULL in the CIE itself */
	struct cfi_state state;
	struct cfi_state *remembered;
	size_t nr_remembered;
	uint64_t at;		/* address */
	struct cfi_rule unused; /* of registers that do not matter */
};

/* ---- registers ------------------------------------------------------------------------------- */

static struct cfi_rule *rule_of(struct run *run, uint64_t reg)
{
	if (reg == run->machine->fp)
		return &run->state.fp;
	if (reg == run->machine->ra)
		return &run->state.ra;
	if (reg == run->machine->sp)
		return &run->state.sp;
	return &run->unused;
}

static void set(struct run *run, uint64_t reg, enum cfi_rule_how how)
{
	*rule_of(run, reg) = (struct cfi_rule){.how = how};
}

/* `factored` counts in data_align. */
static int64_t unfactored(struct run *run, int64_t factored)
{
	int64_t offset;

	if (__builtin_mul_overflow(factored, run->cie->data_align, &offset)) {
		cfi_fail(&run->reader);
		return 0;
	}
	return offset;
}

static void set_at_cfa(struct run *run, uint64_t reg, int64_t factored)
{
	*rule_of(run, reg) =
		(struct cfi_rule){.how = CFI_AT_CFA, .offset = unfactored(run, factored)};
}

static void set_in_register(struct run *run, uint64_t reg, uint64_t other)
{
	*rule_of(run, reg) = (struct cfi_rule){.how = CFI_REGISTER, .offset = (int64_t)other};
}

static void restore(struct run *run, uint64_t reg)
{
	const struct cfi_state *initial = run->initial;

	if (!initial)
		cfi_fail(&run->reader); /* a CIE has nothing to restore to */
	else if (reg == run->machine->fp)
		run->state.fp = initial->fp;
	else if (reg == run->machine->ra)
		run->state.ra = initial->ra;
	else if (reg == run->machine->sp)
		run->state.sp = initial->sp;
}

static struct cfi_block take_block(struct run *run)
{
	uint64_t len = cfi_uleb(&run->reader);

	return (struct cfi_block){cfi_take(&run->reader, len), (size_t)len};
}

static void set_at_address(struct run *run, uint64_t reg)
{
	struct cfi_rule rule = {.how = CFI_AT_ADDRESS, .expr = take_block(run)};

	*rule_of(run, reg) = rule;
}

/* ---- the CFA --------------------------------------------------------------------------------- */

static void def_cfa(struct run *run, uint64_t reg, int64_t offset)
{
	run->state.cfa = (struct cfi_cfa){.how = CFI_CFA_REGISTER, .reg = reg, .offset = offset};
}

/* The instructions that change one half of "register + offset" need that there is one. */
static struct cfi_cfa *register_cfa(struct run *run)
{
	if (run->state.cfa.how != CFI_CFA_REGISTER)
		cfi_fail(&run->reader);
	return &run->state.cfa;
}

/* Offsets that are no signed number are beyond any frame: reading them as one does no harm. */
static int64_t read_offset(struct run *run)
{
	return (int64_t)cfi_uleb(&run->reader);
}

static void def_cfa_expression(struct run *run)
{
	run->state.cfa = (struct cfi_cfa){.how = CFI_CFA_EXPRESSION, .expr = take_block(run)};
}

/* ---- remembered states ----------------------------------------------------------------------- */

static void remember_state(struct run *run)
{
	if (!run->initial || run->nr_remembered == CFI_REMEMBERED_MAX)
		cfi_fail(&run->reader);
	else
		run->remembered[run->nr_remembered++] = run->state;
}

static void restore_state(struct run *run)
{
	if (!run->nr_remembered)
		cfi_fail(&run->reader);
	else
		run->state = run->remembered[--run->nr_remembered];
}

/* ---- locations ------------------------------------------------------------------------------- */

static void advance(struct run *run, uint64_t factored)
{
	uint64_t delta;

	if (__builtin_mul_overflow(factored, run->cie->code_align, &delta) ||
	    __builtin_add_overflow(run->at, delta, &run->at))
		run->at = UINT64_MAX; /* past the end of every entry */
}

static void set_location(struct run *run)
{
	uint64_t at = cfi_pointer(&run->reader, run->section, run->cie->pointer_encoding, NULL);

	if (at < run->at)
		cfi_fail(&run->reader);
	else
		run->at = at;
}

/* ---- execution ------------------------------------------------------------------------------- */

static void execute_extended(struct run *run, uint8_t op)
{
	struct cfi_reader *reader = &run->reader;
	uint64_t reg;

	switch (op) {
	case CFA_NOP:
		break;
	case CFA_SET_LOC:
		set_location(run);
		break;
	case CFA_ADVANCE_LOC1:
		advance(run, cfi_u8(reader));
		break;
	case CFA_ADVANCE_LOC2:
		advance(run, cfi_u16(reader));
		break;
	case CFA_ADVANCE_LOC4:
		advance(run, cfi_u32(reader));
		break;
	case CFA_MIPS_ADVANCE_LOC8:
		advance(run, cfi_u64(reader));
		break;
	case CFA_OFFSET_EXTENDED:
		reg = cfi_uleb(reader);
		set_at_cfa(run, reg, read_offset(run));
		break;
	case CFA_OFFSET_EXTENDED_SF:
		reg = cfi_uleb(reader);
		set_at_cfa(run, reg, cfi_sleb(reader));
		break;
	case CFA_GNU_NEGATIVE_OFFSET_EXTENDED:
		reg = cfi_uleb(reader);
		set_at_cfa(run, reg, (int64_t)-cfi_uleb(reader));
		break;
	case CFA_RESTORE_EXTENDED:
		restore(run, cfi_uleb(reader));
		break;
	case CFA_UNDEFINED:
		set(run, cfi_uleb(reader), CFI_UNDEFINED);
		break;
	case CFA_SAME_VALUE:
		set(run, cfi_uleb(reader), CFI_SAME);
		break;
	case CFA_REGISTER:
		reg = cfi_uleb(reader);
		set_in_register(run, reg, cfi_uleb(reader));
		break;
	case CFA_VAL_OFFSET:
	case CFA_VAL_OFFSET_SF:
		set(run, cfi_uleb(reader), CFI_ELSEWHERE);
		cfi_uleb(reader); /* the same bytes, signed or not */
		break;
	case CFA_VAL_EXPRESSION:
		set(run, cfi_uleb(reader), CFI_ELSEWHERE);
		take_block(run);
		break;
	case CFA_EXPRESSION:
		set_at_address(run, cfi_uleb(reader));
		break;
	case CFA_REMEMBER_STATE:
		remember_state(run);
		break;
	case CFA_RESTORE_STATE:
		restore_state(run);
		break;
	case CFA_DEF_CFA:
		reg = cfi_uleb(reader);
		def_cfa(run, reg, read_offset(run));
		break;
	case CFA_DEF_CFA_SF:
		reg = cfi_uleb(reader);
		def_cfa(run, reg, unfactored(run, cfi_sleb(reader)));
		break;
	case CFA_DEF_CFA_REGISTER:
		register_cfa(run)->reg = cfi_uleb(reader);
		break;
	case CFA_DEF_CFA_OFFSET:
		register_cfa(run)->offset = read_offset(run);
		break;
	case CFA_DEF_CFA_OFFSET_SF:
		register_cfa(run)->offset = unfactored(run, cfi_sleb(reader));
		break;
	case CFA_DEF_CFA_EXPRESSION:
		def_cfa_expression(run);
		break;
	case CFA_GNU_ARGS_SIZE: /* matters to exceptions that land here */
		cfi_uleb(reader);
		break;
	case CFA_AARCH64_NEGATE_RA_STATE: /* the walker takes signatures off every address */
	case CFA_AARCH64_NEGATE_RA_STATE_WITH_PC:
		if (run->section->machine == EM_AARCH64)
			break;
		/* fall through */
	default: /* how long it is is unknown */
		cfi_fail(reader);
	}
}

static void execute(struct run *run)
{
	uint8_t op = cfi_u8(&run->reader), operand = op & (uint8_t)~CFA_HIGH;

	switch (op & CFA_HIGH) {
	case CFA_ADVANCE_LOC:
		advance(run, operand);
		break;
	case CFA_OFFSET:
		set_at_cfa(run, operand, read_offset(run));
		break;
	case CFA_RESTORE:
		restore(run, operand);
		break;
	default:
		execute_extended(run, op);
	}
}

/* Executes until the location changes, or to the end. */
static void run_on(struct run *run)
{
	uint64_t from = run->at;

	while (run->at == from && cfi_left(&run->reader))
		execute(run);
}

/* ---- entries --------------------------------------------------------------------------------- */

/* What a CIE says at the start of all its entries; NULL when that makes no sense. */
static const struct cfi_state *initial_state(struct cfi_rows *rows, const struct cfi_cie *cie)
{
	struct cfi_initial *initial = &rows->initials[cie->number % CFI_INITIALS_KEPT];

	if (initial->cie != cie->number) {
		struct run run = {
			.reader = {.at = cie->instructions, .end = cie->instructions_end},
			.section = rows->section,
			.machine = rows->machine,
			.cie = cie,
		};

		run_on(&run);
		initial->cie = cie->number;
		initial->state = run.state;
		initial->is_good = !run.reader.failed && !run.at;
	}
	return initial->is_good ? &initial->state : NULL;
}

static bool says_the_same(const struct unwind_row *a, const struct unwind_row *b)
{
	return a->cfa == b->cfa && a->saved == b->saved && a->rule == b->rule;
}

/*
 * What holds where the run has come to. Where instructions make no sense nothing does; and some
 * code keeps its return address in a register of its own choice (arm64's vfork).
 */
static struct unwind_row row_of(const struct run *run)
{
	if (run->reader.failed || run->cie->return_register != run->machine->ra)
		return row_of_kind(UNWIND_CFA_OTHER);
	return run->machine->row(&run->state, run->cie->is_signal_frame);
}

static int append(struct cfi_rows *rows, size_t first, uint64_t addr, struct unwind_row row)
{
	if (rows->count > first && says_the_same(&row, &rows->rows[rows->count - 1]))
		return 0;
	if (rows->count >= CFI_ROWS_MAX)
		return -EFBIG;
	if (ARRAY_RESERVE(rows->rows, rows->cap, rows->count + 1))
		return -ENOMEM;
	row.addr = (uint32_t)(addr - rows->base);
	rows->rows[rows->count++] = row;
	return 0;
}

int cfi_rows_add(struct cfi_rows *rows, const struct cfi_fde *fde, bool *ret_damaged)
{
	struct run run = {
		.reader = {.at = fde->instructions, .end = fde->instructions_end},
		.section = rows->section,
		.machine = rows->machine,
		.cie = fde->cie,
		.remembered = rows->remembered,
		.at = fde->start,
	};
	size_t first = rows->count;
	uint64_t from;
	int err;

	run.initial = initial_state(rows, fde->cie);
	if (!run.initial)
		cfi_fail(&run.reader);
	else
		run.state = *run.initial;
	do {
		from = run.at;
		run_on(&run);
		err = append(rows, first, from, row_of(&run));
	} while (!err && !run.reader.failed && run.at != from && run.at < fde->end);
	*ret_damaged = run.reader.failed;
	return err;
}

void cfi_rows_init(struct cfi_rows *rows, const struct cfi_section *section, uint64_t base)
{
	*rows = (struct cfi_rows){
		.section = section,
		.machine = section->machine == EM_AARCH64 ? &cfi_machine_arm64 : &cfi_machine_x86,
		.base = base,
	};
}

void cfi_rows_fini(struct cfi_rows *rows)
{
	free(rows->rows);
	rows->rows = NULL;
	rows->count = rows->cap = 0;
}
