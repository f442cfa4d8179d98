// SPDX-License-Identifier: GPL-2.0-or-later
/* Telling markers from functions; see markers.h. */
#include "profiler/model/markers.h"

#include <string.h>

#include "profiler/model/alloc.h"

bool marker_is(const char *name, size_t len)
{
	static const char *const whole[] = {MARKER_TRUNCATED, MARKER_NO_STACK, MARKER_IDLE};

	for (size_t i = 0; i < ARRAY_LEN(whole); i++) {
		if (len == strlen(whole[i]) && !memcmp(name, whole[i], len))
			return true;
	}
	return len > strlen(MARKER_INCOMPLETE) &&
	       !memcmp(name, MARKER_INCOMPLETE, strlen(MARKER_INCOMPLETE));
}
