/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What call-frame instructions say at one address, as far as walking a stack
 * needs it (DWARF 5, section 6.4.1): how to find the CFA, and where the caller's
 * frame pointer, return address and stack pointer are. All other registers are
 * left out; a rule that needs one of them cannot be followed anyway.
 */
#ifndef BOLOMETER_UNWIND_CFI_STATE_H
#define BOLOMETER_UNWIND_CFI_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/shared_unwind.h"

struct cfi_block {
	const uint8_t *data;
	size_t len;
};

enum cfi_cfa_how {
	CFI_CFA_UNKNOWN,    /* nothing was said */
	CFI_CFA_REGISTER,   /* reg + offset */
	CFI_CFA_EXPRESSION, /* the value of expr */
};

struct cfi_cfa {
	enum cfi_cfa_how how;
	uint64_t reg;
	int64_t offset;
	struct cfi_block expr;
};

enum cfi_rule_how {
	CFI_SAME,	/* as it is; also where nothing was said */
	CFI_UNDEFINED,	/* it is lost */
	CFI_AT_CFA,	/* kept at CFA + offset */
	CFI_AT_ADDRESS, /* kept at the address that is expr's value */
	CFI_REGISTER,	/* in the register whose number is offset */
	CFI_ELSEWHERE,	/* to be computed */
};

struct cfi_rule {
	enum cfi_rule_how how;
	int64_t offset;
	struct cfi_block expr;
};

struct cfi_state {
	struct cfi_cfa cfa;
	struct cfi_rule fp, ra, sp;
};

/* What differs between architectures: the registers' numbers (their DWARF ABIs) and the rows. */
struct cfi_machine {
	uint64_t fp, ra, sp;

	/*
	 * The row for a state, without its address; UNWIND_CFA_OTHER where it has none.
	 * `is_signal_frame` is the entry's 'S'.
	 */
	struct unwind_row (*row)(const struct cfi_state *state, bool is_signal_frame);
};

extern const struct cfi_machine cfi_machine_x86, cfi_machine_arm64;

#endif
