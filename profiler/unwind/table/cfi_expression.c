// SPDX-License-Identifier: GPL-2.0-or-later
/* Expressions by their shape; see cfi_expression.h. */
#include "profiler/unwind/table/cfi_expression.h"

#include "profiler/unwind/table/cfi_reader.h"

/* DWARF 5, section 7.7.1. */
enum {
	OP_DEREF = 0x06,
	OP_AND = 0x1a,
	OP_PLUS = 0x22,
	OP_PLUS_UCONST = 0x23,
	OP_SHL = 0x24,
	OP_GE = 0x2a,
	OP_LIT0 = 0x30,
	OP_LIT31 = 0x4f,
	OP_BREG0 = 0x70,
	OP_BREG31 = 0x8f,
	OP_BREGX = 0x92,
};

/* "register + offset", with which all of them start. */
static bool read_register(struct cfi_reader *reader, struct cfi_expression *expression)
{
	uint8_t op = cfi_u8(reader);

	if (op >= OP_BREG0 && op <= OP_BREG31)
		expression->reg = op - OP_BREG0;
	else if (op == OP_BREGX)
		expression->reg = cfi_uleb(reader);
	else
		return false;
	expression->offset = cfi_sleb(reader);
	return true;
}

/*
 * What x86-64 linkers write for the stubs of a .plt, which push a number at a fixed offset in their
 * 16 bytes: breg16(rip) 0, lit15, and, lit(threshold), ge, lit3, shl, plus.
 */
static bool read_plt(struct cfi_reader *reader, struct cfi_expression *expression)
{
	static const uint8_t head[] = {OP_BREG0 + 16, 0, OP_LIT0 + 15, OP_AND};
	static const uint8_t tail[] = {OP_GE, OP_LIT0 + 3, OP_SHL, OP_PLUS};
	const uint8_t *bytes = reader->at;

	if (cfi_left(reader) != sizeof(head) + 1 + sizeof(tail) ||
	    memcmp(bytes, head, sizeof(head)) != 0 ||
	    memcmp(bytes + sizeof(head) + 1, tail, sizeof(tail)) != 0)
		return false;
	bytes += sizeof(head);
	if (*bytes < OP_LIT0 || *bytes > OP_LIT0 + 15)
		return false;
	expression->threshold = *bytes - OP_LIT0;
	return true;
}

/* "+ number", in one of two ways. */
static bool read_added(struct cfi_reader *reader, struct cfi_expression *expression)
{
	uint8_t op = cfi_u8(reader);

	if (op == OP_PLUS_UCONST) {
		expression->added = (int64_t)cfi_uleb(reader);
		return true;
	}
	expression->added = op - OP_LIT0;
	return op >= OP_LIT0 && op <= OP_LIT31 && cfi_u8(reader) == OP_PLUS;
}

static enum cfi_form read_form(struct cfi_reader *reader, struct cfi_expression *expression)
{
	if (!read_register(reader, expression))
		return CFI_FORM_OTHER;
	if (!cfi_left(reader))
		return CFI_FORM_SUM;
	if (read_plt(reader, expression))
		return CFI_FORM_PLT;
	if (cfi_u8(reader) != OP_DEREF)
		return CFI_FORM_OTHER;
	if (cfi_left(reader) && !read_added(reader, expression))
		return CFI_FORM_OTHER;
	return cfi_left(reader) ? CFI_FORM_OTHER : CFI_FORM_DEREF;
}

struct cfi_expression cfi_expression(struct cfi_block expr)
{
	struct cfi_reader reader = {.at = expr.data, .end = expr.data + expr.len};
	struct cfi_expression expression = {0};

	expression.form = read_form(&reader, &expression);
	if (reader.failed)
		expression.form = CFI_FORM_OTHER;
	return expression;
}
