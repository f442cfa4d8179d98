/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making struct unwind_row: rows that have a kind only, and fitting offsets into its fields. */
#ifndef BOLOMETER_UNWIND_CFI_ROW_FIELDS_H
#define BOLOMETER_UNWIND_CFI_ROW_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/shared_unwind.h"

static inline struct unwind_row row_of_kind(enum unwind_cfa kind)
{
	return (struct unwind_row){.rule = UNWIND_RULE(kind, UNWIND_FP_SAME)};
}

/* Each returns false when the offset, in bytes, is no number of words, or one too large. */
static inline bool row_set_cfa(struct unwind_row *row, int64_t offset)
{
	if (offset % UNWIND_UNIT_BYTES || offset / UNWIND_UNIT_BYTES < INT16_MIN ||
	    offset / UNWIND_UNIT_BYTES > INT16_MAX)
		return false;
	row->cfa = (int16_t)(offset / UNWIND_UNIT_BYTES);
	return true;
}

static inline bool row_set_reg_cfa(struct unwind_row *row, uint64_t reg, int64_t offset)
{
	int64_t words = offset / UNWIND_UNIT_BYTES;

	if (offset % UNWIND_UNIT_BYTES || words < -UNWIND_REG_WORDS_MAX ||
	    words > UNWIND_REG_WORDS_MAX)
		return false;
	row->rule = UNWIND_RULE(UNWIND_CFA_REG, UNWIND_FP_SAME);
	row->cfa = (int16_t)UNWIND_REG_CFA((int)reg, (int)words);
	return true;
}

static inline bool row_set_saved(struct unwind_row *row, int64_t offset)
{
	if (offset % UNWIND_UNIT_BYTES || offset / UNWIND_UNIT_BYTES < INT8_MIN ||
	    offset / UNWIND_UNIT_BYTES > INT8_MAX)
		return false;
	row->saved = (int8_t)(offset / UNWIND_UNIT_BYTES);
	return true;
}

#endif
