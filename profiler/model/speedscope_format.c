// SPDX-License-Identifier: GPL-2.0-or-later
/* Units of speedscope's; see speedscope_format.h. */
#include "profiler/model/speedscope_format.h"

#include <stddef.h>
#include <string.h>

const struct speedscope_unit speedscope_units[] = {
	{"none", "samples", "count", 0},
	{"nanoseconds", "time", "nanoseconds", 0},
	{"microseconds", "time", "nanoseconds", 3},
	{"milliseconds", "time", "nanoseconds", 6},
	{"seconds", "time", "nanoseconds", 9},
	{"bytes", "space", "bytes", 0},
	{0},
};

const struct speedscope_unit *speedscope_unit_find(const char *word)
{
	for (const struct speedscope_unit *unit = speedscope_units; unit->word; unit++) {
		if (!strcmp(unit->word, word))
			return unit;
	}
	return NULL;
}

const char *speedscope_unit_word(const char *unit)
{
	const struct speedscope_unit *found = speedscope_unit_find(unit);

	return found ? found->word : speedscope_units[0].word;
}
