/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inlined functions and lines of Go programs without debug information, from the tables that the
 * runtime prints its own stacks with: those of Go 1.18 and later.
 *
 * A function's record is followed by offsets of its tables. One says for each of its addresses which
 * inlined call it is in; the calls have names, and the address in the caller that stands for the place
 * of the call (Go, src/runtime/symtab.go and symtabinl.go: funcdata(), pcvalue(), inlinedCall). Where the
 * calls are only the runtime's own structure of the module says, which is looked for in the data.
 *
 * The tables may be damaged, or made to do harm: then there is less to say, and never an error.
 */
#ifndef BOLOMETER_SYMBOLIZER_GO_INLINES_H
#define BOLOMETER_SYMBOLIZER_GO_INLINES_H

#include "symbolizer/elf_file.h"
#include "symbolizer/frame_store.h"
#include "symbolizer/source.h"

/* Where the tables of a file are. All zero: nowhere. */
struct go_inlines {
	const struct elf_file *file;
	bool newer;		 /* as of Go 1.20 */
	uint8_t quantum;	 /* addresses are counted in these */
	uint64_t off, len, addr; /* of .gopclntab */
	uint64_t text_start;
	uint64_t count;					 /* of functions */
	uint64_t names, units, files, values, functions; /* parts, from `off` on */
	uint64_t calls; /* address that the offsets of calls are from */
};

/* Deeper chains are made, not compiled. */
#define GO_MAX_INLINED 64

/*
 * Looks for the tables of a file whose .gopclntab, or what is taken for it, is at an offset and
 * address, and whose code begins at `text_start`, while libelf's handle is open.
 */
void go_inlines_find(const struct elf_file *file, uint64_t off, uint64_t addr, uint64_t len,
		     uint64_t text_start, struct go_inlines *ret);

/*
 * The frames at an address that the function `holder`, which starts at `start`, has: the functions
 * inlined there, innermost first, and the holder, with lines if they are wanted. *range, of addresses, is cut to where they
 * are the same. Returns how many there are, or -ENOMEM.
 */
int go_inlines_frames(const struct go_inlines *inlines, struct frame_store *store,
		      const struct symbolizer_options *options, const struct symbol_frame *holder,
		      uint64_t start, uint64_t addr, struct answer *range,
		      struct symbol_frame frames[GO_MAX_INLINED + 1]);

#endif
