// SPDX-License-Identifier: GPL-2.0-or-later
/* See optional.h. */
#include "profiler/proc/optional.h"

#include <stdlib.h>
#include <string.h>

bool optional_hidden(const char *name)
{
	const char *at = getenv("BOLOMETER_WITHOUT");
	size_t len = strlen(name);

	while (at && *at) {
		size_t word = strcspn(at, ",");

		if (word == len && !memcmp(at, name, len))
			return true;
		at += word + (at[word] == ',');
	}
	return false;
}
