/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Aligning profiles: one tree of all stacks of both sides, with what each file
 * has of every node.
 *
 * Frames are the same when their names are: a function that another build
 * inlined, or that one file knows the library of and the other does not, is
 * still that function. Names that both sides have stay what they are; of the
 * rest those are the same whose names without the build (names.h) are.
 */
#ifndef BOLOMETER_DIFF_ALIGN_H
#define BOLOMETER_DIFF_ALIGN_H

#include "profiler/diff/marked.h"
#include "profiler/diff/names.h"
#include "profiler/diff/timed.h"
#include "profiler/model/comparison.h"
#include "profiler/model/profile.h"
#include "profiler/model/symbols.h"

/* Values that are compared; which of a profile's they are. */
enum aligned_value {
	ALIGNED_AMOUNT,
	ALIGNED_WAITS,
	ALIGNED_LONGEST,
	ALIGNED_SQUARES,
	ALIGNED_VALUES
};

#define ALIGNED_NONE SIZE_MAX

/* One file. */
struct aligned_file {
	const char *name;
	enum side side;
	struct circumstances about;	 /* taken from its profile */
	size_t value_of[ALIGNED_VALUES]; /* among its values; ALIGNED_NONE */
	/* Values of union stacks, those that it has side by side; only until the tree is made. */
	int64_t *by_stack;
	size_t nr_stacks, stride;
	size_t place_of[ALIGNED_VALUES];	   /* among them */
	int64_t *self, *total;			   /* [node * nr_values + v] */
	struct marked *marked_self, *marked_total; /* by node, of times; NULL: nothing is */
	struct timed timed;			   /* its amounts */
};

/* What is known of a name. */
struct aligned_name {
	uint32_t module;
	uint8_t kind;
	uint8_t sides; /* set of 1 << enum side */
};

struct alignment {
	struct profile *profile; /* the union: its locations are names, one for each */
	struct symbols symbols;
	struct aligned_file *files;
	size_t nr_files, cap_files;
	struct aligned_name *names; /* by location of the union */
	size_t nr_names, cap_names;
	struct rename_rule *const *renames;
	size_t nr_renames;
	bool waits_in_text; /* text does not tell its unit, but that it is of waits can be seen */
	bool kinds_unknown; /* some file is text, which does not tell a thread from a function */

	/* once aligned */
	enum aligned_value values[ALIGNED_VALUES]; /* those that every file has; the amount first */
	size_t nr_values;
	struct value_type amount;
	struct tree *tree; /* its values are pairs, see comparison.h */
};

/* The rules are used until the alignment is made. Returns 0 or -ENOMEM. */
int alignment_init(struct alignment *alignment, struct rename_rule *const *renames,
		   size_t nr_renames);
void alignment_fini(struct alignment *alignment);

/*
 * Adds a profile, which is sealed by this and then no longer needed; its circumstances move. `name`
 * is kept. Returns 0, -ENOMEM, or -EINVAL when its values are others than those before: the last
 * file then says what it has.
 */
int alignment_add(struct alignment *alignment, enum side side, const char *name,
		  struct profile *profile);

/* Matches names and makes the tree. Returns 0, -ENOMEM, or -EOVERFLOW when sums do not fit. */
int alignment_make(struct alignment *alignment);

/* Whether the amounts are times. */
bool alignment_is_time(const struct alignment *alignment);

#endif
