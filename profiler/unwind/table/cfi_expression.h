/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recognizing the DWARF expressions (DWARF 5, section 2.5) that call-frame information uses. */
#ifndef BOLOMETER_UNWIND_CFI_EXPRESSION_H
#define BOLOMETER_UNWIND_CFI_EXPRESSION_H

#include "profiler/unwind/table/cfi_state.h"

enum cfi_form {
	CFI_FORM_OTHER,
	CFI_FORM_SUM,	/* reg + offset */
	CFI_FORM_DEREF, /* *(reg + offset) + added */
	CFI_FORM_PLT,	/* reg + offset, and a word more if (IP & 15) >= threshold */
};

struct cfi_expression {
	enum cfi_form form;
	uint64_t reg;
	int64_t offset, added;
	uint8_t threshold;
};

struct cfi_expression cfi_expression(struct cfi_block expr);

#endif
