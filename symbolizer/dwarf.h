/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What DWARF says about addresses of a file: the inlined functions that they
 * are in, and the source lines (DWARF 5, sections 3.3.8 and 6.2).
 *
 * A batch of addresses is looked up at once: every unit of the file that has
 * some of them is read once, and only what they need is kept.
 *
 * Debug information may be damaged, or made to do harm. Then there is less to
 * say about an address, and never an error: the work is bounded by the size of
 * the file and the number of addresses.
 */
#ifndef BOLOMETER_SYMBOLIZER_DWARF_H
#define BOLOMETER_SYMBOLIZER_DWARF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbolizer/elf_file.h"
#include "symbolizer/frame_store.h"
#include "symbolizer/places.h"
#include "symbolizer/source.h"

#define DWARF_NONE UINT32_MAX

/* Deeper chains of inlined functions are cut, outermost first: they are made, not compiled. */
#define DWARF_MAX_INLINED 128

/* An inlined function, where it is called. Strings are the store's. */
struct dwarf_call {
	uint32_t caller;      /* the call around it; DWARF_NONE: the function that holds the code */
	uint32_t line;	      /* of the call in its caller; 0: not known */
	const char *file;     /* likewise; NULL: not known */
	const char *function; /* demangled; NULL: it has no name, or names were not wanted */
};

struct dwarf_answer {
	uint64_t addr;
	uint64_t first, last; /* the addresses around it of which the same is true, inclusive */
	const char *file;     /* NULL: not known */
	uint32_t line;	      /* 0: not known */
	uint32_t call;	      /* the innermost; DWARF_NONE: nothing is inlined here */
	uint64_t row;	      /* where the row of the line table begins that has the line */
	bool here;	      /* in the unit at hand */
	bool held;	      /* a function was found here */
	bool done;	      /* a unit was found here, and has said all it knows */
};

/* All zero: none. */
struct dwarf_answers {
	struct dwarf_answer *answers; /* ascending by address, each once */
	size_t count;
	struct dwarf_call *calls; /* callers before what they call */
	size_t nr_calls, cap_calls;
	/*
	 * The file alone may say something else tomorrow: parts of the debug information were in
	 * other files or missing, or too much work. `first` and `last` are then not to be relied on.
	 */
	bool fleeting;
};

struct dwarf_wish {
	bool names; /* of inlined functions */
	bool lines;
	/* Where debug information goes on in other files: shared ones (dwz), and split units. */
	const struct places *places;
	const char *path;      /* of the program or library, as the process knows it */
	bool servers;	       /* whether servers may be asked for such files */
	struct source *source; /* is told of those that are refused */
};

/*
 * Looks up addresses as the ELF file's program headers have them; they are sorted in place. Returns
 * 0 or -ENOMEM.
 */
int dwarf_answers_read(struct dwarf_answers *answers, const struct elf_file *file,
		       const struct dwarf_wish *wish, struct frame_store *store, uint64_t *addrs,
		       size_t count);
void dwarf_answers_fini(struct dwarf_answers *answers);

/* The answer for an address, or NULL when it was not asked for. */
const struct dwarf_answer *dwarf_answers_find(const struct dwarf_answers *answers, uint64_t addr);

/*
 * The frames at an address that the function `holder` has: the functions inlined there, innermost
 * first, each with the line that is reached in it, and the holder. Returns how many there are.
 */
size_t dwarf_answer_frames(const struct dwarf_answers *answers, const struct dwarf_answer *answer,
			   const struct symbol_frame *holder, bool no_inline,
			   struct symbol_frame frames[DWARF_MAX_INLINED + 1]);

/* Cuts the range of the answer for what was asked for to where the debug information says the same. */
void dwarf_answer_range(const struct dwarf_answers *answers, const struct dwarf_answer *answer,
			uint64_t asked, struct answer *ret);

#endif
