// SPDX-License-Identifier: GPL-2.0-or-later
/* Gates; see gate.h. */
#include "profiler/diff/gate.h"

#include <errno.h>
#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"

#define GATE_P 0.05

/* ---- parsing -------------------------------------------------------------------------------- */

static const struct {
	const char *word;
	enum gate_unit unit;
	double factor;
} units[] = {
	{"%", GATE_PERCENT, 1},	  {"pp", GATE_POINTS, 1},   {"ns/s", GATE_TIME, 1},
	{"us/s", GATE_TIME, 1e3}, {"ms/s", GATE_TIME, 1e6}, {"s/s", GATE_TIME, 1e9},
};

/* Digits with a point among them, whatever the locale; moves *text behind them. */
static bool take_decimal(const char **text, double *ret_number)
{
	double number = 0, place = 1;
	bool any = false;

	for (; **text >= '0' && **text <= '9'; (*text)++, any = true)
		number = number * 10 + (**text - '0');
	if (**text == '.') {
		for ((*text)++; **text >= '0' && **text <= '9'; (*text)++, any = true)
			number += (**text - '0') * (place /= 10);
	}
	*ret_number = number;
	return any;
}

/* ">+5%" */
static bool parse_limit(const char *text, struct gate *gate)
{
	double sign = 1;

	if (*text != '>' && *text != '<')
		return false;
	gate->below = *text++ == '<';
	if (*text == '+' || *text == '-')
		sign = *text++ == '-' ? -1 : 1;
	if (!take_decimal(&text, &gate->limit))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (strcmp(text, units[i].word))
			continue;
		gate->unit = units[i].unit;
		gate->limit *= sign * units[i].factor;
		return isfinite(gate->limit);
	}
	return false;
}

int gate_parse(const char *text, struct gate *ret_gate)
{
	struct gate gate = {.expression = text};
	/* Names have parentheses, too: the last one ends it. */
	const char *open = strchr(text, '('), *close = strrchr(text, ')');

	if (!strcmp(text, "regression")) {
		gate.regression = true;
		*ret_gate = gate;
		return 0;
	}
	if (!open || close <= open + 1 || !parse_limit(close + 1, &gate))
		return -EINVAL;
	gate.self = open - text == 4 && !memcmp(text, "self", 4);
	if (!gate.self && (open - text != 5 || memcmp(text, "total", 5)))
		return -EINVAL;
	gate.function = strndup(open + 1, (size_t)(close - open - 1));
	if (!gate.function)
		return -ENOMEM;
	*ret_gate = gate;
	return 0;
}

void gate_fini(struct gate *gate)
{
	free(gate->function);
	*gate = (struct gate){0};
}

/* ---- which functions ------------------------------------------------------------------------ */

static void choose_frame(const struct tree *tree, const struct tree_frame *frame, bool *chosen)
{
	for (size_t i = 0; i < tree->nr_frames; i++)
		chosen[i] |= !tree_frame_compare(tree->strings, &tree->frames[i], frame);
}

/* By the name in the tree, or one that a file had for it. */
static bool choose_exact(const struct alignment *a, const char *name, bool *chosen)
{
	const struct tree *tree = a->tree;
	uint32_t root = tree->nodes[0].frame;
	bool any = false;

	for (size_t i = 0; i < tree->nr_frames; i++) {
		chosen[i] = i != root &&
			    !strcmp(strings_text(tree->strings, tree->frames[i].name), name);
		any |= chosen[i];
	}
	for (size_t i = 0; i < a->nr_names && !any; i++) {
		const struct symbols *symbols = &a->symbols;

		if (strcmp(strings_text(tree->strings, a->profile->locations[i].name), name))
			continue;
		choose_frame(tree, &symbols->frames[symbols->frame_list[symbols->spans[i].first]],
			     chosen);
		any = true;
	}
	return any;
}

static int choose_matching(const struct alignment *a, const char *pattern, bool *chosen)
{
	const struct tree *tree = a->tree;
	bool any = false;
	char *whole;
	regex_t regex;
	int err;

	if (asprintf(&whole, "^(%s)$", pattern) < 0)
		return -ENOMEM;
	err = regcomp(&regex, whole, REG_EXTENDED | REG_NOSUB);
	free(whole);
	if (err)
		return -EINVAL;
	for (size_t i = 0; i < tree->nr_frames; i++) {
		chosen[i] = i != tree->nodes[0].frame &&
			    !regexec(&regex, strings_text(tree->strings, tree->frames[i].name), 0,
				     NULL, 0);
		any |= chosen[i];
	}
	regfree(&regex);
	return any ? 0 : -ENOENT;
}

/* ---- checking ------------------------------------------------------------------------------- */

static int check_regression(const struct comparison *comparison, struct gate_result *result)
{
	result->is_regression = true;
	if (!comparison->nr_tests)
		return -ENODATA;
	for (size_t i = 0; i < comparison->tree->nr_frames; i++) {
		if (comparison->self[i].verdict == VERDICT_MORE ||
		    comparison->total[i].verdict == VERDICT_MORE)
			result->state = GATE_FAILS;
	}
	return 0;
}

static double value_of(const struct gate *gate, const struct comparer *comparer,
		       const struct change *change)
{
	double effect = change_effect(change);

	switch (gate->unit) {
	case GATE_PERCENT:
		if (change->before > 0)
			return 100 * effect / change->before;
		return change->after > 0 ? INFINITY : 0;
	case GATE_POINTS:
		return effect;
	default:
		return effect / comparer->evidence.points * TIME_UNIT_NS;
	}
}

static int check_function(const struct gate *gate, const struct comparer *comparer,
			  const bool *chosen, struct gate_result *result)
{
	static const char *const words[] = {
		[GATE_PERCENT] = "%", [GATE_POINTS] = "pp", [GATE_TIME] = "ns/s"};
	int err = comparer_select(comparer, chosen, gate->self, &result->change);
	bool beyond, change_asked_for;

	if (err)
		return err;
	result->value = value_of(gate, comparer, &result->change);
	result->unit = words[gate->unit];
	beyond = gate->below ? result->value < gate->limit : result->value > gate->limit;
	/* ">-5%" asks for an improvement: that nothing changed is no excuse then. */
	change_asked_for = gate->below ? gate->limit > 0 : gate->limit < 0;
	if (beyond && (change_asked_for || isnan(result->change.p) || result->change.p <= GATE_P))
		result->state = GATE_FAILS;
	return 0;
}

int gate_check(const struct gate *gate, const struct comparer *comparer,
	       const struct comparison *comparison, struct gate_result *ret_result)
{
	struct gate_result result = {.expression = gate->expression, .unit = ""};
	const struct alignment *a = comparer->alignment;
	bool *chosen;
	int err = 0;

	if (gate->regression) {
		err = check_regression(comparison, &result);
		*ret_result = result;
		return err;
	}
	if (gate->unit == GATE_TIME &&
	    (!alignment_is_time(a) || comparer->evidence.normalisation != NORMALISE_TIME))
		return -EDOM;
	chosen = calloc(a->tree->nr_frames + 1, sizeof(*chosen));
	if (!chosen)
		return -ENOMEM;
	if (!choose_exact(a, gate->function, chosen))
		err = choose_matching(a, gate->function, chosen);
	if (!err)
		err = check_function(gate, comparer, chosen, &result);
	free(chosen);
	if (!err)
		*ret_result = result;
	return err;
}
