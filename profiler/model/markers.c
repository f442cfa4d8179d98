// SPDX-License-Identifier: GPL-2.0-or-later
/* Telling markers from functions; see markers.h. */
#include "profiler/model/markers.h"

#include <string.h>

#include "profiler/model/alloc.h"

static const struct {
	const char *text;
	bool goes_on; /* something and "]" follow */
	enum frame_kind kind;
} markers[] = {
	{MARKER_TRUNCATED, false, FRAME_MARKER},
	{MARKER_INCOMPLETE, true, FRAME_MARKER},
	{MARKER_NO_STACK, false, FRAME_MARKER},
	{MARKER_IDLE, false, FRAME_MARKER},
	{MARKER_WAITS, true, FRAME_WAITING},
	{MARKER_RUN_QUEUE, false, FRAME_RUN_QUEUE},
	{MARKER_INSTEAD, true, FRAME_MARKER},
	{MARKER_WOKEN_BY, false, FRAME_MARKER},
	{MARKER_UNKNOWN_WAKER, false, FRAME_MARKER},
	{MARKER_NOT_WOKEN, false, FRAME_MARKER},
	{MARKER_INTERRUPT, false, FRAME_MARKER},
	{MARKER_TIMER, false, FRAME_MARKER},
	{MARKER_IRQ_WORK, false, FRAME_MARKER},
	{MARKER_SOFTIRQ, false, FRAME_MARKER},
	{MARKER_SOFTIRQ_OF, true, FRAME_MARKER},
	{MARKER_CUT, true, FRAME_MARKER},
	{MARKER_NEW, false, FRAME_MARKER},
	{MARKER_UNWALKED, false, FRAME_MARKER},
	{MARKER_UNSAMPLED, false, FRAME_MARKER},
};

enum frame_kind marker_kind(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(markers); i++) {
		size_t known = strlen(markers[i].text);

		if ((markers[i].goes_on ? len > known : len == known) &&
		    !memcmp(name, markers[i].text, known))
			return markers[i].kind;
	}
	return FRAME_UNNAMED;
}

bool marker_is_start(const char *name, size_t len)
{
	static const char mark[] = "]+0x";
	size_t digits = 0, before = strlen(mark) + 2; /* of "[f" */

	while (digits < len && memchr("0123456789abcdef", name[len - 1 - digits], 16))
		digits++;
	return digits && len - digits >= before && name[0] == '[' &&
	       !memcmp(name + len - digits - strlen(mark), mark, strlen(mark));
}

bool marker_is_bracketed(const char *name, size_t len, enum frame_kind *ret_kind)
{
	if (len < 2 || name[0] != '[')
		return false;
	if (marker_is_start(name, len))
		*ret_kind = FRAME_UNNAMED;
	else if (name[len - 1] == ']')
		*ret_kind = marker_kind(name, len);
	else
		return false;
	return true;
}
