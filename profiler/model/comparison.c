// SPDX-License-Identifier: GPL-2.0-or-later
/* Words of a comparison, and its end; see comparison.h. */
#include "profiler/model/comparison.h"

#include <stdlib.h>

const char *normalisation_word(enum normalisation normalisation)
{
	static const char *const words[] = {
		[NORMALISE_AUTO] = "auto",
		[NORMALISE_TOTAL] = "total",
		[NORMALISE_TIME] = "time",
		[NORMALISE_NONE] = "none",
	};

	return words[normalisation];
}

const char *spread_source_word(enum spread_source source)
{
	static const char *const words[] = {
		[SPREAD_NONE] = "none",
		[SPREAD_ASSUMED] = "independent samples",
		[SPREAD_WAITS] = "independent waits",
		[SPREAD_REPEATS] = "repeats",
		[SPREAD_SLICES] = "time slices",
	};

	return words[source];
}

const char *verdict_word(enum verdict verdict)
{
	static const char *const words[VERDICT_COUNT] = {
		[VERDICT_UNTESTED] = "not tested",
		[VERDICT_SAME] = "no evidence",
		[VERDICT_LESS] = "less",
		[VERDICT_MORE] = "more",
		[VERDICT_SLIGHTLY_LESS] = "slightly less",
		[VERDICT_SLIGHTLY_MORE] = "slightly more",
	};

	return words[verdict];
}

double comparison_path_effect(const struct comparison *comparison, uint32_t node)
{
	return (double)tree_total(comparison->tree, node, AFTER) * comparison->sides[AFTER].scale -
	       (double)tree_total(comparison->tree, node, BEFORE) * comparison->sides[BEFORE].scale;
}

void comparison_fini(struct comparison *comparison)
{
	for (size_t s = 0; s < SIDES; s++)
		free(comparison->sides[s].title);
	free(comparison->self);
	free(comparison->total);
	free(comparison->self_paths);
	free(comparison->total_paths);
	if (comparison->widths) {
		/* Nodes and frames are the tree's own. */
		free(comparison->widths->self);
		free(comparison->widths->total);
		free(comparison->widths);
	}
	free(comparison->gates);
	*comparison = (struct comparison){0};
}
