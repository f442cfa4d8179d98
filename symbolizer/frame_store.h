/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where answers live: every name, demangled once, and every distinct list of
 * frames, each kept once and as long as the symbolizer.
 *
 * So memory grows with the number of distinct functions that were seen, not
 * with the number of addresses asked for.
 */
#ifndef BOLOMETER_SYMBOLIZER_FRAME_STORE_H
#define BOLOMETER_SYMBOLIZER_FRAME_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/model/alloc.h"
#include "profiler/model/index.h"
#include "profiler/model/strings.h"
#include "symbolizer/symbolizer.h"
#include "symbolizer/text.h"

struct frame_store {
	enum demangle_style style;
	struct strings *strings;
	uint32_t *demangled; /* by the string id of the raw name: id of the name to show, or 0 */
	size_t cap_demangled;
	/* With short names, by string id: of a name that keeps apart, the shorter one, or 0; ... */
	uint32_t *shorter;
	size_t cap_shorter;
	/* ... and of a shorter one, the one name it is of, NAME_OF_SEVERAL, or 0. */
	uint32_t *longer;
	size_t cap_longer;
	uint32_t *linked; /* by string id of a demangled name: the raw one, NAME_OF_SEVERAL, or 0 */
	size_t cap_linked;
	struct text scratch, short_scratch;
	struct symbol *symbols; /* the distinct ones; their frames are in the arena */
	size_t nr_symbols, cap_symbols;
	struct index index; /* of symbols */
	struct arena arena;
};

int frame_store_init(struct frame_store *store, enum demangle_style style);
void frame_store_fini(struct frame_store *store);

/* The kept copy of a text. Returns 0 or -ENOMEM. */
int frame_store_text(struct frame_store *store, const char *text, size_t len, const char **ret);

/*
 * The name to keep in a frame for a symbol as its table spells it: demangled, with `suffix` ("@plt" or "")
 * after it. Returns 0 or -ENOMEM.
 */
int frame_store_name(struct frame_store *store, const char *raw, size_t len, const char *suffix,
		     const char **ret);

/* What symbolizer_shown() says of a name that frame_store_name() gave. NULL: no memory. */
const char *frame_store_shown(struct frame_store *store, const char *name);

/* What symbolizer_linked() says of it. */
const char *frame_store_linked(struct frame_store *store, const char *name);

/*
 * The same, and whether it is NULL because there are several; and what says so of a name that was kept as a
 * text (`linked` NULL: there are several). 0 or -ENOMEM.
 */
const char *frame_store_linked_of(struct frame_store *store, const char *name, bool *ret_several);
int frame_store_set_linked(struct frame_store *store, const char *name, const char *linked);

/*
 * The shorter name that one which frame_store_name() gave may have, NULL for none; and what says so of
 * a name that was kept as a text. 0 or -ENOMEM.
 */
const char *frame_store_shorter(struct frame_store *store, const char *name);
int frame_store_set_shorter(struct frame_store *store, const char *name, const char *shorter);

/*
 * The kept copy of a list of frames, innermost first. Their strings must come from this store.
 * Returns 0 or -ENOMEM.
 */
int frame_store_add(struct frame_store *store, const struct symbol_frame *frames, size_t count,
		    struct symbol *ret);

#endif
