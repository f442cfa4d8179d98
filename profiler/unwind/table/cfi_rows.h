/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the instructions of an entry (DWARF 5, section 6.4.2, and those of GNU
 * and of the arm64 ABI) to rows.
 */
#ifndef BOLOMETER_UNWIND_CFI_ROWS_H
#define BOLOMETER_UNWIND_CFI_ROWS_H

#include "bpf/shared_unwind.h"
#include "profiler/unwind/table/cfi.h"
#include "profiler/unwind/table/cfi_state.h"

/* Compilers nest remembered states once or twice. */
#define CFI_REMEMBERED_MAX 32

/* Of an object. A browser has 2 million; they take 8 bytes each. */
#define CFI_ROWS_MAX 8000000

/* As many of the CIEs' initial states are kept. */
#define CFI_INITIALS_KEPT 8

struct cfi_initial {
	uint64_t cie; /* its number; 0: none */
	bool is_good;
	struct cfi_state state;
};

/* Rows of many entries, one after another, and what their making needs. */
struct cfi_rows {
	struct unwind_row *rows; /* owned */
	size_t count, cap;

	const struct cfi_section *section;
	const struct cfi_machine *machine;
	uint64_t base; /* rows count from it, see struct unwind_row */
	struct cfi_initial initials[CFI_INITIALS_KEPT];
	struct cfi_state remembered[CFI_REMEMBERED_MAX];
};

/* The section must outlive the rows. */
void cfi_rows_init(struct cfi_rows *rows, const struct cfi_section *section, uint64_t base);
void cfi_rows_fini(struct cfi_rows *rows);

/*
 * Appends the rows of an entry: at least one, the first at its start, ascending, none of which says
 * the same as the one before. From where the instructions make no sense on, *ret_damaged, they are
 * UNWIND_CFA_OTHER: what was before is right. The entry must lie within 4 GB from base. Returns
 * 0, -EFBIG when there would be more than CFI_ROWS_MAX, or -ENOMEM.
 */
int cfi_rows_add(struct cfi_rows *rows, const struct cfi_fde *fde, bool *ret_damaged);

#endif
