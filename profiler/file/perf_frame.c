// SPDX-License-Identifier: GPL-2.0-or-later
/* A frame of `perf script`, and its place in the source; see perf_line.h. */
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

/* Without "(WORD...)" at the end. */
static struct piece without_group(struct piece text, const char *begin)
{
	size_t at = piece_find(text, begin);

	return at && at < text.len && piece_ends(text, ")") ? piece_trim_end(piece_upto(text, at))
							    : text;
}

/* What else stands below frames, branches and registers, has no path before a number at its end. */
bool perf_source_parse(struct piece text, struct perf_source *ret)
{
	struct piece place;
	uint64_t line = 0;
	size_t at;

	*ret = (struct perf_source){.inlined = piece_ends(text, INLINED)};
	if (ret->inlined)
		text = piece_trim_end(piece_upto(text, text.len - strlen(INLINED)));
	place = without_group(text, "(discriminator ");
	for (at = place.len; at && piece_digit(place.text[at - 1]); at--)
		;
	if (at < 2 || place.text[at - 1] != ':' || !piece_number(piece_from(place, at), &line) ||
	    !line || line > UINT32_MAX)
		return ret->inlined;
	place = piece_upto(place, at - 1);
	if (!memchr(place.text, '.', place.len) && !memchr(place.text, '/', place.len))
		return ret->inlined;
	ret->file = place;
	ret->line = (uint32_t)line;
	return true;
}
