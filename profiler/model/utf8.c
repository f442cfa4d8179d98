// SPDX-License-Identifier: GPL-2.0-or-later
/* Well-formed UTF-8, table 3-7 of the Unicode standard; see utf8.h. */
#include "profiler/model/utf8.h"

size_t utf8_printable(const char *text)
{
	const unsigned char *bytes = (const unsigned char *)text;
	unsigned char first = bytes[0], low = 0x80, high = 0xbf;
	size_t len;

	if (first < 0x80)
		return first >= 0x20 && first != 0x7f;
	if (first >= 0xc2 && first <= 0xdf)
		len = 2;
	else if (first >= 0xe0 && first <= 0xef)
		len = 3;
	else if (first >= 0xf0 && first <= 0xf4)
		len = 4;
	else
		return 0;
	/* The second byte rules out overlong forms, surrogates, what is past the end, and C1. */
	if (first == 0xc2 || first == 0xe0)
		low = 0xa0;
	else if (first == 0xed)
		high = 0x9f;
	else if (first == 0xf0)
		low = 0x90;
	else if (first == 0xf4)
		high = 0x8f;
	if (bytes[1] < low || bytes[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	}
	return len;
}
