// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rows of x86-64. The return address is at CFA - 8 (psABI, section 3.2.2); code
 * that keeps it elsewhere has no row kind, but for what the kernel's signal
 * frames, the linker's stubs and vfork() do.
 */
#include "profiler/unwind/table/cfi_expression.h"
#include "profiler/unwind/table/cfi_row_fields.h"
#include "profiler/unwind/table/cfi_state.h"

enum { RBP = 6, RSP = 7, RIP = 16 };

/*
 * Where struct ucontext (arch/x86/include/uapi/asm: ucontext.h, sigcontext.h) keeps these: flags,
 * link and stack take 40 bytes, then r8 to r15, di, si, bp, bx, dx, ax, cx, sp, ip.
 */
enum { UCONTEXT_RBP = 120, UCONTEXT_RSP = 160, UCONTEXT_RIP = 168 };

/* What the CFA's expression is. False when it has no row kind. */
static bool set_cfa_expression(struct unwind_row *row, struct cfi_block expr)
{
	struct cfi_expression sum = cfi_expression(expr);
	enum unwind_cfa kind;

	if (sum.form == CFI_FORM_DEREF && sum.reg == RSP && sum.added == 8)
		kind = UNWIND_CFA_SP_DEREF;
	else if (sum.form == CFI_FORM_DEREF && sum.reg == RBP && sum.added == 0)
		kind = UNWIND_CFA_FP_DEREF;
	else if (sum.form == CFI_FORM_PLT && sum.reg == RSP)
		kind = UNWIND_CFA_PLT;
	else if (sum.form == CFI_FORM_SUM && sum.reg == RSP)
		kind = UNWIND_CFA_SP;
	else if (sum.form == CFI_FORM_SUM && sum.reg == RBP)
		kind = UNWIND_CFA_FP;
	else
		return false;
	row->rule = UNWIND_RULE(kind, UNWIND_FP_SAME);
	row->saved = (int8_t)sum.threshold;
	return row_set_cfa(row, sum.offset);
}

static bool set_cfa_register(struct unwind_row *row, const struct cfi_cfa *cfa)
{
	if (cfa->reg == RSP) {
		row->rule = UNWIND_RULE(UNWIND_CFA_SP, UNWIND_FP_SAME);
	} else if (cfa->reg == RBP) {
		row->rule = UNWIND_RULE(UNWIND_CFA_FP, UNWIND_FP_SAME);
	} else {
		return cfa->reg < RIP && row_set_reg_cfa(row, cfa->reg, cfa->offset);
	}
	return row_set_cfa(row, cfa->offset);
}

static bool set_cfa(struct unwind_row *row, const struct cfi_cfa *cfa)
{
	if (cfa->how == CFI_CFA_REGISTER)
		return set_cfa_register(row, cfa);
	return cfa->how == CFI_CFA_EXPRESSION && set_cfa_expression(row, cfa->expr);
}

/* Where RBP is kept by an address that is an expression: relative to RBP, or to where RSP is. */
static bool set_fp_address(struct unwind_row *row, struct cfi_block expr, enum unwind_cfa cfa)
{
	struct cfi_expression sum = cfi_expression(expr);

	if (sum.form != CFI_FORM_SUM)
		return false;
	if (sum.reg == RBP) {
		row->rule = UNWIND_RULE(cfa, UNWIND_FP_AT_FP);
		return row_set_saved(row, sum.offset);
	}
	row->rule = UNWIND_RULE(cfa, UNWIND_FP_AT_CFA);
	return sum.reg == RSP && cfa == UNWIND_CFA_SP && sum.offset >= INT32_MIN &&
	       sum.offset <= INT32_MAX &&
	       row_set_saved(row, sum.offset - row->cfa * UNWIND_UNIT_BYTES);
}

static bool set_fp(struct unwind_row *row, const struct cfi_rule *fp)
{
	enum unwind_cfa cfa = UNWIND_RULE_CFA(row->rule);

	if (fp->how == CFI_SAME)
		return true;
	if (cfa == UNWIND_CFA_PLT)
		return false; /* whose rows use the field for something else */
	if (fp->how == CFI_AT_ADDRESS)
		return set_fp_address(row, fp->expr, cfa);
	row->rule = UNWIND_RULE(cfa, UNWIND_FP_AT_CFA);
	return fp->how == CFI_AT_CFA && row_set_saved(row, fp->offset);
}

/* Whether a register is kept at RSP + offset. */
static bool is_at_sp(const struct cfi_rule *rule, int64_t offset)
{
	struct cfi_expression sum;

	if (rule->how != CFI_AT_ADDRESS)
		return false;
	sum = cfi_expression(rule->expr);
	return sum.form == CFI_FORM_SUM && sum.reg == RSP && sum.offset == offset;
}

/* All of them within one struct ucontext: CFA is its RSP, and the others lie where they should. */
static bool set_signal(struct unwind_row *row, const struct cfi_state *state)
{
	struct cfi_expression cfa;
	int64_t context;

	if (state->cfa.how != CFI_CFA_EXPRESSION)
		return false;
	cfa = cfi_expression(state->cfa.expr);
	if (cfa.form != CFI_FORM_DEREF || cfa.reg != RSP || cfa.added ||
	    __builtin_sub_overflow(cfa.offset, UCONTEXT_RSP, &context) ||
	    !row_set_cfa(row, context))
		return false;
	row->rule = UNWIND_RULE(UNWIND_CFA_SIGNAL, UNWIND_FP_SAME);
	return is_at_sp(&state->ra, context + UCONTEXT_RIP) &&
	       is_at_sp(&state->fp, context + UCONTEXT_RBP);
}

/* The return address in a register, and the rest as it is. */
static bool set_link(struct unwind_row *row, const struct cfi_state *state)
{
	if (state->ra.how != CFI_REGISTER || (uint64_t)state->ra.offset >= RIP || state->fp.how != CFI_SAME ||
	    state->cfa.how != CFI_CFA_REGISTER || state->cfa.reg != RSP)
		return false;
	row->rule = UNWIND_RULE(UNWIND_CFA_LINK, UNWIND_FP_SAME);
	row->saved = (int8_t)state->ra.offset;
	return row_set_cfa(row, state->cfa.offset);
}

static struct unwind_row x86_row(const struct cfi_state *state, bool is_signal_frame)
{
	struct unwind_row row = {0};

	if (state->ra.how == CFI_UNDEFINED)
		return row_of_kind(UNWIND_CFA_END);
	if (is_signal_frame && set_signal(&row, state))
		return row;
	row = (struct unwind_row){0};
	if (state->sp.how == CFI_SAME && set_link(&row, state))
		return row;
	row = (struct unwind_row){0};
	/* The caller's RSP is the CFA unless something else is said. */
	if (state->sp.how == CFI_SAME && state->ra.how == CFI_AT_CFA && state->ra.offset == -8 &&
	    set_cfa(&row, &state->cfa) && set_fp(&row, &state->fp))
		return row;
	return row_of_kind(UNWIND_CFA_OTHER);
}

const struct cfi_machine cfi_machine_x86 = {.fp = RBP, .ra = RIP, .sp = RSP, .row = x86_row};
