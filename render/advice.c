// SPDX-License-Identifier: GPL-2.0-or-later
/* How functions get names; see advice.h. */
#include "render/advice.h"

#include <stdio.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/unnamed.h"

/* What is no file. */
static const struct {
	const char *file, *advice;
} places[] = {
	{"jit", "in generated code: have its runtime write a perf map"},
	{"unknown", "at addresses outside of any file"},
	{"kernel",
	 "in the kernel: its symbols can be read as root, with kernel.kptr_restrict 0 or 1"},
};

bool advice_unknown(const struct tree *tree, const struct tree_quality *quality, char *text,
		    size_t size)
{
	size_t len;
	const char *file = unnamed_file(strings_text(tree->strings, quality->unnamed_name), &len);

	if (100 * (double)quality->unnamed < ADVICE_UNKNOWN_PERCENT * (double)quality->total ||
	    2 * (double)quality->unnamed_most < (double)quality->unnamed || !len)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		if (strlen(places[i].file) == len && !memcmp(places[i].file, file, len)) {
			snprintf(text, size, "most of it %s", places[i].advice);
			return true;
		}
	}
	snprintf(text, size, "most of it in %.*s: install its debug symbols",
		 (int)(len < 60 ? len : 60), file);
	return true;
}
