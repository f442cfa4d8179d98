// SPDX-License-Identifier: GPL-2.0-or-later
/* A frame of `perf script`; see perf_line.h. */
#include "profiler/file/perf_line.h"

#define ADDRESS_DIGITS_MAX 16

#define INLINED "(inlined)"
#define UNKNOWN "[unknown]"

static size_t address_len(struct piece text)
{
	size_t len = 0;

	while (len < text.len && piece_hex_digit(text.text[len]))
		len++;
	return len && len <= ADDRESS_DIGITS_MAX && (len == text.len || text.text[len] == ' ') ? len
											      : 0;
}

/* Without "+0x1f" at the end. */
static struct piece without_offset(struct piece text)
{
	size_t at = text.len;

	while (at && piece_hex_digit(text.text[at - 1]))
		at--;
	return at < text.len && piece_ends(piece_upto(text, at), "+0x") ? piece_upto(text, at - 3)
									: text;
}

static bool begins_group(struct piece text, size_t at)
{
	return text.text[at] == '(' && (!at || text.text[at - 1] == ' ');
}

/* The last parenthesis that a path, or a name in brackets, follows. text.len when there is none. */
static size_t find_path(struct piece text)
{
	for (size_t at = text.len - 1; at-- > 0;) {
		if (begins_group(text, at) &&
		    (text.text[at + 1] == '/' || text.text[at + 1] == '['))
			return at;
	}
	return text.len;
}

/* The parenthesis that is closed by the last one. text.len when there is none. */
static size_t find_closed(struct piece text)
{
	size_t depth = 0;

	for (size_t at = text.len; at-- > 0;) {
		depth += text.text[at] == ')';
		depth -= text.text[at] == '(' && depth;
		if (!depth)
			return begins_group(text, at) ? at : text.len;
	}
	return text.len;
}

/*
 * Where the file's parenthesis is. Functions have parentheses as well, and files may have any; but
 * nearly all that perf prints for a file is a path, or in brackets.
 */
static size_t find_file(struct piece text, bool inlined)
{
	size_t at = text.len;

	if (text.len < 2 || text.text[text.len - 1] != ')')
		return text.len;
	at = find_path(text);
	if (at == text.len && !inlined)
		at = find_closed(text);
	return at;
}

static struct piece unless_unknown(struct piece text)
{
	return piece_is(text, UNKNOWN) ? piece_upto(text, 0) : text;
}

bool perf_frame_parse(struct piece text, struct perf_frame *ret)
{
	size_t digits = address_len(text), at;
	struct piece left;

	if (!digits)
		return false;
	*ret = (struct perf_frame){.addr = piece_upto(text, digits)};
	left = piece_trim(piece_from(text, digits));
	if (piece_ends(left, INLINED)) {
		ret->inlined = true;
		left = piece_trim_end(piece_upto(left, left.len - strlen(INLINED)));
	}
	at = find_file(left, ret->inlined);
	if (at < left.len)
		ret->file = unless_unknown(
			without_offset((struct piece){left.text + at + 1, left.len - at - 2}));
	ret->name = unless_unknown(without_offset(piece_trim_end(piece_upto(left, at))));
	return true;
}
