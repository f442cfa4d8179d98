/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What to do about a profile that says less than it could. One text for the report and the graph. */
#ifndef BOLOMETER_RENDER_ADVICE_H
#define BOLOMETER_RENDER_ADVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "profiler/model/tree.h"

/* From this many percent on of what has no name a reader should do something about it. */
#define ADVICE_UNKNOWN_PERCENT 5

/*
 * Where much has no name and most of that is in one place: where, and how it gets names: "most of it in
 * libpq.so.5: install its debug symbols". Returns whether there is anything to say.
 */
bool advice_unknown(const struct tree *tree, const struct tree_quality *quality, char *text,
		    size_t size);

#endif
