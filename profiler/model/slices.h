/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time inside a capture, in coarse slices: when what a sample stands for took
 * place.
 *
 * A sample has a weight in every slice that something of it lies in: events of
 * threads that were running, nanoseconds of waits. The weights say how a value
 * of the sample is shared out among the slices, whatever is done to the value
 * later; the shares always add up to it.
 *
 * Slices follow each other without gaps. Where it is not known how long a
 * capture will last they begin short, and whenever there are too many each two
 * neighbours become one. The same happens when the shares take too much room.
 */
#ifndef BOLOMETER_MODEL_SLICES_H
#define BOLOMETER_MODEL_SLICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SLICES_MAX	  1000
#define SLICES_SHARES_MAX ((size_t)1 << 21) /* 32 MB */

struct slices_plan {
	uint64_t begin_ns; /* of the capture, by the clock of all times here */
	uint64_t width_ns; /* of a slice, to begin with */
	size_t count_max;  /* of slices; at least 2 */
	bool ends;	   /* the capture ends with slice number count_max */
	size_t shares_max; /* at least 2 */
	bool shares_only;  /* weights are no amounts, but only parts of them: read from a file */
};

struct slice_share {
	uint32_t sample;
	uint32_t slice;
	uint64_t weight;
};

/* All zero: there are none, and whatever is added is forgotten. */
struct slices {
	struct slices_plan plan; /* the width grows */
	uint64_t *begins_ns;	 /* of each slice; the last is open until slices_seal() */
	uint64_t end_ns;	 /* of the last one, when sealed */
	size_t count;		 /* 0: none */

	struct slice_share *shares; /* when sealed: by sample, then by slice, each pair once */
	size_t nr_shares, cap_shares;
	uint32_t *last; /* by sample: its last share, plus 1; only while filling */
	size_t nr_last, cap_last;
	uint32_t *first; /* by sample: its first share, with one more at the end; when sealed */
	size_t nr_samples;

	uint32_t squeezed; /* how often slices were joined to make room for shares */
	bool given_up;	   /* there was no room even so */
};

/* Starts slices by a plan. Returns 0 or -ENOMEM. */
int slices_begin(struct slices *slices, const struct slices_plan *plan);
void slices_fini(struct slices *slices);

/* When the open slice should end; UINT64_MAX for never. */
uint64_t slices_due_ns(const struct slices *slices);

/* Ends the open slice, and begins the next one. */
void slices_turn(struct slices *slices, uint64_t now_ns);

/*
 * Adds a weight to a sample that was evenly spent from one moment to another, which may be the same,
 * and lie in slices that are over. Returns 0 or -ENOMEM.
 */
int slices_add(struct slices *slices, uint32_t sample, uint64_t from_ns, uint64_t to_ns,
	       uint64_t weight);

/* There are no slices any more: they are what can be done without when memory is short. */
void slices_give_up(struct slices *slices);

/* Ends adding, and the last slice. A single slice, which says nothing, is forgotten. 0 or -ENOMEM. */
int slices_seal(struct slices *slices, size_t nr_samples, uint64_t end_ns);

/* The end of a sealed slice, from the beginning of the capture on. */
uint64_t slices_end_ns(const struct slices *slices, size_t slice);

/*
 * Adds what each slice has of a value of a sample to amounts[count]. A sample without weights has its
 * value evenly in the whole capture.
 */
void slices_share_out(const struct slices *slices, uint32_t sample, int64_t value,
		      int64_t *amounts);

/* What is wrong with sealed slices of so many samples, in a static text; NULL when nothing is. */
const char *slices_check(const struct slices *slices, size_t nr_samples);

/* The sum of a sample's weights. */
uint64_t slices_weight(const struct slices *slices, uint32_t sample);

#endif
