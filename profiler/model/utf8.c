// SPDX-License-Identifier: GPL-2.0-or-later
/* UTF-8 by RFC 3629, and the few properties of characters that labels need; see utf8.h. */
#include "profiler/model/utf8.h"

#include <string.h>

#include "profiler/model/alloc.h"

struct range {
	uint32_t first, last;
};

/* Unicode 15: general category Cf where it affects direction or width, and non-characters. */
static const struct range deceptive[] = {
	{0x00ad, 0x00ad}, {0x061c, 0x061c}, {0x180e, 0x180e},	{0x200b, 0x200f},
	{0x2028, 0x202e}, {0x2060, 0x206f}, {0xfdd0, 0xfdef},	{0xfeff, 0xfeff},
	{0xfff9, 0xfffb}, {0xfffe, 0xffff}, {0xe0000, 0xe007f},
};

/* Unicode 15, East Asian Width W and F, in whole blocks; emoji from U+1F300 on. */
static const struct range wide[] = {
	{0x1100, 0x115f},   {0x231a, 0x231b},	{0x23e9, 0x23f3},   {0x25fd, 0x25fe},
	{0x2614, 0x2615},   {0x2648, 0x2653},	{0x26a1, 0x26ce},   {0x2705, 0x2757},
	{0x2795, 0x27bf},   {0x2b1b, 0x2b55},	{0x2e80, 0xa4cf},   {0xa960, 0xa97f},
	{0xac00, 0xd7a3},   {0xf900, 0xfaff},	{0xfe30, 0xfe6f},   {0xff01, 0xff60},
	{0xffe0, 0xffe6},   {0x16fe0, 0x18cff}, {0x1aff0, 0x1b2ff}, {0x1f000, 0x1faff},
	{0x20000, 0x3fffd},
};

static bool in_ranges(const struct range *ranges, size_t count, uint32_t c)
{
	for (size_t i = 0; i < count && c >= ranges[i].first; i++) {
		if (c <= ranges[i].last)
			return true;
	}
	return false;
}

bool utf8_is_deceptive(uint32_t c)
{
	return utf8_is_control(c) || (c >= 0xad && in_ranges(deceptive, ARRAY_LEN(deceptive), c));
}

unsigned int utf8_cells(uint32_t c)
{
	return c >= 0x1100 && in_ranges(wide, ARRAY_LEN(wide), c) ? 2 : 1;
}

size_t utf8_decode(const char *text, size_t len, uint32_t *ret_char)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char lead = (unsigned char)text[0];
	size_t need = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	uint32_t c = need < 2 ? lead : lead & (0x7fU >> need);

	*ret_char = UINT32_MAX;
	if (need == 0 || need > len || lead > 0xf4)
		return 1;
	for (size_t i = 1; i < need; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 1;
		c = c << 6 | ((unsigned char)text[i] & 0x3f);
	}
	if (c < least[need] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 1;
	*ret_char = c;
	return need;
}

size_t utf8_printable(const char *text)
{
	uint32_t c;
	size_t step;

	if (!*text)
		return 0;
	step = utf8_decode(text, strnlen(text, 4), &c);
	return c == UINT32_MAX || utf8_is_deceptive(c) ? 0 : step;
}

size_t utf8_encode(uint32_t c, char out[4])
{
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = len - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (c & 0x3f));
		c >>= 6;
	}
	out[0] = (char)(len == 1 ? c : c | (0xf00U >> len & 0xff));
	return len;
}
