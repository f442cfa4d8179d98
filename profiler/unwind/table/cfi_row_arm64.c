// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rows of arm64. The return address is in LR until the function keeps it,
 * nearly always together with the frame pointer (AAPCS64, section 6.2.3).
 */
#include "profiler/unwind/table/cfi_row_fields.h"
#include "profiler/unwind/table/cfi_state.h"
#include "profiler/unwind/table/sigreturn.h"

enum { FP = 29, LR = 30, SP = 31 };

static bool set_cfa(struct unwind_row *row, const struct cfi_cfa *cfa)
{
	if (cfa->how != CFI_CFA_REGISTER)
		return false;
	if (cfa->reg == SP) {
		row->rule = UNWIND_RULE(UNWIND_CFA_SP, UNWIND_FP_SAME);
	} else if (cfa->reg == FP) {
		row->rule = UNWIND_RULE(UNWIND_CFA_FP, UNWIND_FP_SAME);
	} else {
		return cfa->reg < SP && row_set_reg_cfa(row, cfa->reg, cfa->offset);
	}
	return row_set_cfa(row, cfa->offset);
}

static bool is_pair(const struct cfi_rule *fp, const struct cfi_rule *lr)
{
	int64_t above;

	return fp->how == CFI_AT_CFA && lr->how == CFI_AT_CFA &&
	       !__builtin_add_overflow(fp->offset, UNWIND_UNIT_BYTES, &above) &&
	       lr->offset == above;
}

/*
 * Compilers keep the pair at the low end of the frame. Where that is too far from the CFA it is
 * near the register that the CFA counts from.
 */
static bool set_pair(struct unwind_row *row, int64_t offset)
{
	enum unwind_cfa cfa = UNWIND_RULE_CFA(row->rule);
	int64_t from_register;

	row->rule = UNWIND_RULE(cfa, UNWIND_FP_AT_CFA);
	if (row_set_saved(row, offset))
		return true;
	if (cfa == UNWIND_CFA_REG)
		return false;
	row->rule = UNWIND_RULE(cfa, cfa == UNWIND_CFA_SP ? UNWIND_FP_AT_SP : UNWIND_FP_AT_FP);
	return !__builtin_add_overflow(offset, row->cfa * UNWIND_UNIT_BYTES, &from_register) &&
	       row_set_saved(row, from_register);
}

static bool set_saved(struct unwind_row *row, const struct cfi_state *state)
{
	const struct cfi_rule *fp = &state->fp, *lr = &state->ra;
	enum unwind_cfa cfa = UNWIND_RULE_CFA(row->rule);

	if (fp->how == CFI_SAME && lr->how == CFI_SAME)
		return true;
	if (is_pair(fp, lr))
		return set_pair(row, fp->offset);
	row->rule = UNWIND_RULE(cfa, UNWIND_LR_AT_CFA);
	return fp->how == CFI_SAME && lr->how == CFI_AT_CFA && row_set_saved(row, lr->offset);
}

static struct unwind_row arm64_row(const struct cfi_state *state, bool is_signal_frame)
{
	struct unwind_row row = {0};

	if (state->ra.how == CFI_UNDEFINED)
		return row_of_kind(UNWIND_CFA_END);
	if (state->sp.how != CFI_SAME || !set_cfa(&row, &state->cfa) || !set_saved(&row, state))
		return row_of_kind(UNWIND_CFA_OTHER);
	/*
	 * What vdsos before Linux 5.8 say of a signal frame: where the frame record behind it is,
	 * in which the interrupted address is not.
	 */
	if (is_signal_frame && row.rule == UNWIND_RULE(UNWIND_CFA_FP, UNWIND_FP_AT_CFA) &&
	    !row.cfa && !row.saved)
		return sigreturn_row();
	return row;
}

const struct cfi_machine cfi_machine_arm64 = {.fp = FP, .ra = LR, .sp = SP, .row = arm64_row};
