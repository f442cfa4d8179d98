/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A comparison: what profiler/diff/ found out about two sides, for the report
 * and the formats. Only data; how it is arrived at is said in docs/NUMBERS.md.
 *
 * The tree of a comparison is the union of both sides. Its values are pairs,
 * before and after in turn: first the amounts, then, where there are waits,
 * their number, the longest, and the squares. They are as they were counted;
 * normalising is a factor of each side.
 */
#ifndef BOLOMETER_MODEL_COMPARISON_H
#define BOLOMETER_MODEL_COMPARISON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/model/tree.h"

enum side { BEFORE, AFTER, SIDES };

/* What the amounts of a side are divided by. */
enum normalisation {
	NORMALISE_AUTO, /* until it is decided */
	NORMALISE_TOTAL,
	NORMALISE_TIME, /* the length of the captures */
	NORMALISE_NONE, /* nothing but the number of files */
};

/* "total", "time", "none". */
const char *normalisation_word(enum normalisation normalisation);

/* Where it is known from how much figures differ without a cause. */
enum spread_source {
	SPREAD_NONE,	/* nowhere: nothing is tested */
	SPREAD_ASSUMED, /* samples are taken to be independent */
	SPREAD_WAITS,	/* from the lengths of the single waits, taken to be independent */
	SPREAD_REPEATS, /* from how much the files of a side differ */
	SPREAD_SLICES,	/* from how much time slices of single captures differ */
};

/* "none", "independent samples", "independent waits", "repeats", "time slices". */
const char *spread_source_word(enum spread_source source);

enum verdict {
	VERDICT_UNTESTED, /* too little is known of it */
	VERDICT_SAME,	  /* no evidence of a change */
	VERDICT_LESS,
	VERDICT_MORE,
	VERDICT_SLIGHTLY_LESS, /* certain, but smaller than what is to count */
	VERDICT_SLIGHTLY_MORE,
	VERDICT_COUNT
};

/* "not tested", "no evidence", "less", "more", "slightly less", "slightly more". */
const char *verdict_word(enum verdict verdict);

static inline bool verdict_moved(enum verdict verdict)
{
	return verdict >= VERDICT_LESS;
}

/*
 * Of a function's self or total value. In points: hundredths of what the whole of the first side
 * is, both sides normalised.
 */
struct change {
	double before, after;
	double low, high; /* 95 % interval of after - before; NAN where not known */
	double p;	  /* of so much of a difference, or more, without a cause; NAN likewise */
	enum verdict verdict;
};

/* Of a path's self or total value; before and after are in the tree. */
struct path_change {
	float low, high;
	uint8_t verdict;
};

struct comparison_side {
	char *title; /* owned: what the files are called, for people */
	size_t nr_files;
	uint64_t duration_ns; /* of all files; 0 where not all say so */
	int64_t total;	      /* of the amounts */
	double scale;	      /* amount * scale is in points */
};

/* What a gate made of it. */
enum gate_state {
	GATE_HOLDS,
	GATE_FAILS,
};

struct gate_result {
	const char *expression; /* as it was given */
	enum gate_state state;
	bool is_regression; /* the gate is `regression`, and the rest is empty */
	struct change change;
	double value;	  /* what was held against the limit, in `unit`; may be INFINITY */
	const char *unit; /* "%", "pp", "ns/s" */
};

struct comparison {
	const struct tree *tree;
	const char *amount; /* what was counted: "samples", "time" */
	struct comparison_side sides[SIDES];
	enum normalisation normalisation;
	enum spread_source spread;
	double dispersion;	     /* the middle one of the functions, 1 where it is assumed */
	double min_effect;	     /* points */
	size_t nr_tests;	     /* how many self and total values of functions were tested */
	size_t nr_moved;	     /* for how many of them there is evidence of a change */
	struct change *self, *total; /* by index of tree->frames */
	struct path_change *self_paths, *total_paths; /* by node */
	/*
	 * The tree once more, with one value: what frames are as wide as, so that new and gone code
	 * is seen. Each side normalised, and the mean of them.
	 */
	struct tree *widths;
	struct gate_result *gates;
	size_t nr_gates;
};

/* After minus before, in points. */
static inline double change_effect(const struct change *change)
{
	return change->after - change->before;
}

/* The same of the total value of a path. */
double comparison_path_effect(const struct comparison *comparison, uint32_t node);

/* Frees what it holds, but not the tree. */
void comparison_fini(struct comparison *comparison);

#endif
