/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gates: what --fail-on says must not be.
 *
 *	total(FUNCTION)>+5%	in relation to before
 *	self(FUNCTION)>+2pp	points of the whole
 *	total(FUNCTION)>1.5ms/s	time a second; also ns/s, us/s, s/s
 *	total(FUNCTION)<-10%	or less than
 *	regression		any function that does more, for certain and by min_effect
 *
 * FUNCTION is the whole name as the comparison has it, or as a file had it; if
 * there is none of that name, an extended regular expression that has to match
 * whole names, whose functions are taken together.
 *
 * A change that chance may have made does not break a gate: p has to be 5 % at
 * most, where anything is known of p. It is not corrected for other tests, as
 * the function was chosen beforehand.
 */
#ifndef BOLOMETER_DIFF_GATE_H
#define BOLOMETER_DIFF_GATE_H

#include "profiler/diff/compare.h"

enum gate_unit {
	GATE_PERCENT,
	GATE_POINTS,
	GATE_TIME, /* nanoseconds a second */
};

struct gate {
	const char *expression;
	bool regression; /* the rest is empty then */
	bool self;
	bool below; /* '<' */
	char *function;
	double limit;
	enum gate_unit unit;
};

/* Returns 0, -ENOMEM, or -EINVAL when it is none. The text is kept. */
int gate_parse(const char *text, struct gate *ret_gate);
void gate_fini(struct gate *gate);

/*
 * Holds a gate against what was found. Returns 0 or -ENOMEM; -ENOENT when there is no such
 * function; -EINVAL when the function is not a regular expression either; -EDOM when the comparison
 * is not of time a second; -ENODATA for `regression` when nothing could be tested.
 */
int gate_check(const struct gate *gate, const struct comparer *comparer,
	       const struct comparison *comparison, struct gate_result *ret_result);

#endif
