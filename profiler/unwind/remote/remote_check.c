// SPDX-License-Identifier: GPL-2.0-or-later
/* Looking through call-frame instructions before libunwind runs them; see remote_check.h. */
#include "profiler/unwind/remote/remote_check.h"

#include <dwarf.h>

#include "profiler/unwind/remote/remote_arch.h"

#define REMEMBERED_MAX 64 /* states at once; compilers need a few */
#define LEB_BYTES_MAX  10 /* of 64 bits */

struct reader {
	uint8_t *at, *end;
};

static bool take(struct reader *r, size_t bytes)
{
	if ((size_t)(r->end - r->at) < bytes)
		return false;
	r->at += bytes;
	return true;
}

/* A LEB128 number of either sign; its value, if asked for, as an unsigned one. */
static bool take_leb(struct reader *r, uint64_t *ret_value)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < LEB_BYTES_MAX && r->at < r->end; i++) {
		uint8_t byte = *r->at++;

		value |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (byte & 0x80)
			continue;
		if (ret_value)
			*ret_value = value;
		return true;
	}
	return false;
}

static bool take_register(struct reader *r)
{
	uint64_t number;

	return take_leb(r, &number) && number < remote_arch.nr_regs;
}

/* One of which it is said where its value in the caller is; libunwind has a place for each. */
static bool take_described(struct reader *r)
{
	uint64_t number;

	return take_leb(r, &number) && number < remote_arch.nr_described;
}

/*
 * One operation of an expression (DWARF 5, section 2.5.1), of those that calculate straight ahead.
 * DW_OP_addr is none of them: nobody has relocated it.
 */
static bool take_operation(struct reader *r)
{
	uint8_t op = *r->at++;

	if (op >= DW_OP_lit0 && op <= DW_OP_lit31)
		return true;
	if (op >= DW_OP_breg0 && op <= DW_OP_breg31)
		return op - DW_OP_breg0 < remote_arch.nr_regs && take_leb(r, NULL);
	switch (op) {
	case DW_OP_deref:
	case DW_OP_dup:
	case DW_OP_drop:
	case DW_OP_over:
	case DW_OP_swap:
	case DW_OP_and:
	case DW_OP_minus:
	case DW_OP_mul:
	case DW_OP_neg:
	case DW_OP_not:
	case DW_OP_or:
	case DW_OP_plus:
	case DW_OP_shl:
	case DW_OP_shr:
	case DW_OP_xor:
	case DW_OP_eq:
	case DW_OP_ge:
	case DW_OP_gt:
	case DW_OP_le:
	case DW_OP_lt:
	case DW_OP_ne:
	case DW_OP_nop:
		return true;
	case DW_OP_const1u:
	case DW_OP_const1s:
		return take(r, 1);
	case DW_OP_const2u:
	case DW_OP_const2s:
		return take(r, 2);
	case DW_OP_const4u:
	case DW_OP_const4s:
		return take(r, 4);
	case DW_OP_const8u:
	case DW_OP_const8s:
		return take(r, 8);
	case DW_OP_constu:
	case DW_OP_consts:
	case DW_OP_plus_uconst:
		return take_leb(r, NULL);
	default:
		return false;
	}
}

static bool take_expression(struct reader *r)
{
	struct reader block;
	uint64_t len;

	if (!take_leb(r, &len) || len > (size_t)(r->end - r->at))
		return false;
	block = (struct reader){r->at, r->at + len};
	r->at += len;
	while (block.at < block.end) {
		if (!take_operation(&block))
			return false;
	}
	return true;
}

struct program {
	struct reader reader;
	bool has_cfa;
	unsigned remembered;
};

static bool take_remember(struct program *p)
{
	return p->has_cfa && p->remembered++ < REMEMBERED_MAX;
}

/* The operands of one instruction whose opcode has been taken. */
static bool take_operands(struct program *p, uint8_t op)
{
	struct reader *r = &p->reader;

	switch (op) {
	case DW_CFA_nop:
		return true;
	case DW_CFA_advance_loc1:
		return p->has_cfa && take(r, 1);
	case DW_CFA_advance_loc2:
		return p->has_cfa && take(r, 2);
	case DW_CFA_advance_loc4:
		return p->has_cfa && take(r, 4);
	case DW_CFA_offset_extended:
	case DW_CFA_offset_extended_sf:
	case DW_CFA_GNU_negative_offset_extended:
		return take_described(r) && take_leb(r, NULL);
	case DW_CFA_restore_extended:
	case DW_CFA_undefined:
	case DW_CFA_same_value:
		return take_described(r);
	case DW_CFA_register:
		return take_described(r) && take_register(r);
	case DW_CFA_remember_state:
		return take_remember(p);
	case DW_CFA_restore_state:
		return p->remembered-- > 0;
	case DW_CFA_def_cfa:
	case DW_CFA_def_cfa_sf:
		p->has_cfa = true;
		return take_register(r) && take_leb(r, NULL);
	case DW_CFA_def_cfa_register:
		return p->has_cfa && take_register(r);
	case DW_CFA_def_cfa_offset:
	case DW_CFA_def_cfa_offset_sf:
	case DW_CFA_GNU_args_size:
		return take_leb(r, NULL);
	case DW_CFA_def_cfa_expression:
		p->has_cfa = true;
		return take_expression(r);
	case DW_CFA_expression:
	case DW_CFA_val_expression:
		return take_described(r) && take_expression(r);
#ifdef __aarch64__
	case DW_CFA_AARCH64_negate_ra_state:
		r->at[-1] = DW_CFA_nop;
		return true;
#endif
	default:
		return false;
	}
}

static bool take_instruction(struct program *p)
{
	uint8_t byte = *p->reader.at++;
	uint8_t number = byte & 0x3f;

	switch (byte & 0xc0) {
	case DW_CFA_advance_loc:
		return p->has_cfa;
	case DW_CFA_offset:
		return number < remote_arch.nr_described && take_leb(&p->reader, NULL);
	case DW_CFA_restore:
		return number < remote_arch.nr_described;
	default:
		return take_operands(p, byte);
	}
}

bool remote_check_program(uint8_t *program, size_t size, bool *has_cfa)
{
	struct program p = {.reader = {program, program + size}, .has_cfa = *has_cfa};

	while (p.reader.at < p.reader.end) {
		if (!take_instruction(&p))
			return false;
	}
	*has_cfa = p.has_cfa;
	return true;
}
