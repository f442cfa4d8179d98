// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Shortening of names; see label.h.
 *
 * Names of all languages go through one set of rules, which look at brackets
 * and separators only. Whoever changes a rule changes it in page/labels.js, too.
 */
#include "render/label.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "render/escape.h"
#include "profiler/model/utf8.h"

#define ELLIPSIS    "…"
#define CELLS_LEAST 3
#define CELLS_WORD  8 /* in less, a marker's first word is only a piece */

/* A name that is being taken apart, with the depth of brackets around each byte. */
struct name {
	char text[LABEL_NAME_MAX + 1];
	uint16_t depth[LABEL_NAME_MAX + 1];
	size_t len;
};

static size_t text_cells(const char *text, size_t len)
{
	size_t cells = 0;

	for (size_t i = 0; i < len;) {
		uint32_t c;

		i += utf8_decode(text + i, len - i, &c);
		cells += utf8_cells(c);
	}
	return cells;
}

static bool starts_with(const char *text, size_t len, const char *word)
{
	size_t word_len = strlen(word);

	return len >= word_len && memcmp(text, word, word_len) == 0;
}

/* Bytes of "operator()", "operator<<", "operator->" at `at`: brackets that are none. */
static size_t operator_len(const struct name *name, size_t at)
{
	size_t len = strlen("operator");

	if (!starts_with(name->text + at, name->len - at, "operator"))
		return 0;
	if (starts_with(name->text + at + len, name->len - at - len, "()"))
		return len + 2;
	while (at + len < name->len && strchr("<>=-", name->text[at + len]))
		len++;
	return len;
}

/* Fills in depth[]: an opening bracket and its closing one both have the depth outside. */
static void find_brackets(struct name *name)
{
	unsigned int depth = 0;

	for (size_t i = 0; i < name->len; i++) {
		char c;

		for (size_t skip = operator_len(name, i); skip > 0; skip--)
			name->depth[i++] = (uint16_t)depth;
		if (i >= name->len)
			break;
		c = name->text[i];
		if (strchr(")]}>", c) && depth > 0 && !(c == '>' && i && name->text[i - 1] == '-'))
			depth--;
		name->depth[i] = (uint16_t)depth;
		if (strchr("([{<", c))
			depth++;
	}
	/* Brackets that do not match mean nothing. */
	if (depth > 0)
		memset(name->depth, 0, sizeof(name->depth));
}

static void name_cut(struct name *name, size_t from, size_t len)
{
	name->len -= len;
	memmove(name->text + from, name->text + from + len, name->len - from);
	find_brackets(name);
}

/* The bracket that closes the one at `open`, or name->len. */
static size_t closing(const struct name *name, size_t open)
{
	for (size_t i = open + 1; i < name->len; i++) {
		if (name->depth[i] == name->depth[open])
			return strchr(")]}>", name->text[i]) ? i : name->len;
	}
	return name->len;
}

/* Bytes of digits that end a text of `len` bytes, with the ':' before them; 0: none. */
static size_t number_after_colon(const char *text, size_t len)
{
	size_t digits = 0;

	while (digits < len && text[len - digits - 1] >= '0' && text[len - digits - 1] <= '9')
		digits++;
	return digits && digits < len && text[len - digits - 1] == ':' ? digits + 1 : 0;
}

/* Cuts " FILE:LINE" or " FILE:LINE:COLUMN", the place in the source, from behind a name. */
static void drop_place(struct name *name)
{
	size_t len = name->len, number = number_after_colon(name->text, len);

	if (!number)
		return;
	len -= number;
	len -= number_after_colon(name->text, len);
	if (name->text[len - 1] == ' ')
		return;
	while (len > 0 && name->text[len - 1] != ' ')
		len--;
	if (len > 1)
		name_cut(name, len - 1, name->len - len + 1);
}

/* Cuts "(...)" and what follows it, such as " const", where nothing qualified follows. */
static bool drop_arguments(struct name *name)
{
	for (size_t i = name->len; i-- > 1;) {
		if (strchr(":./", name->text[i]) && name->depth[i] == 0)
			return false;
		if (name->text[i] != '(' || name->depth[i] > 0 || closing(name, i) == name->len)
			continue;
		if (i >= 8 && operator_len(name, i - 8) > 8)
			return false;
		while (i > 1 && name->text[i - 1] == ' ')
			i--;
		name_cut(name, i, name->len - i);
		return true;
	}
	return false;
}

/* Cuts the type that demanglers write before a template function's name. */
static void drop_result(struct name *name)
{
	for (size_t i = name->len; i-- > 1;) {
		if (name->text[i] != ' ' || name->depth[i] > 0 || i + 1 == name->len)
			continue;
		if (i >= 8 && memcmp(name->text + i - 8, "operator", 8) == 0)
			continue;
		name_cut(name, 0, i + 1);
		return;
	}
}

/* Writes <...> as <…>, unless it is all of the name: <module>. */
static void drop_template_contents(struct name *name)
{
	for (size_t i = 0; i < name->len; i++) {
		size_t close =
			name->text[i] == '<' && name->depth[i] == 0 ? closing(name, i) : name->len;

		if (close == name->len || close - i <= strlen(ELLIPSIS) + 1 ||
		    close - i + 1 == name->len)
			continue;
		memcpy(name->text + i + 1, ELLIPSIS, strlen(ELLIPSIS));
		name_cut(name, i + 1 + strlen(ELLIPSIS), close - i - 1 - strlen(ELLIPSIS));
	}
}

/* What follows a '.' that belongs to the name: suffixes of compilers and of files. */
static bool is_suffix(const char *text, size_t len)
{
	static const char *const words[] = {
		"cold", "constprop", "isra", "part", "lto_priv", "llvm",	    /* compilers */
		"so",	"ko",	     "py",   "js",   "ts",	 "rb",	 "c", "go", /* files */
	};
	size_t word_len = 0;

	while (word_len < len && ((text[word_len] | 0x20) >= 'a' || text[word_len] == '_') &&
	       (text[word_len] | 0x20) <= 'z')
		word_len++;
	if (word_len == 0)
		return len == 0 || (*text >= '0' && *text <= '9');
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strlen(words[i]) == word_len && memcmp(words[i], text, word_len) == 0)
			return true;
	}
	return false;
}

/* Bytes of the separator at `at`, 0 where there is none. */
static size_t separator_len(const struct name *name, size_t at)
{
	const char *text = name->text + at;
	size_t len = name->len - at;

	if (name->depth[at] > 0 || at + 1 >= name->len)
		return 0;
	if (len > 2 && text[0] == ':' && text[1] == ':')
		return 2;
	if (text[0] == '/')
		return 1;
	return text[0] == '.' && !is_suffix(text + 1, len - 1);
}

/* Where the longest right end begins that fits, or else the shortest right end. */
static size_t right_end(const struct name *name, size_t cells)
{
	size_t start = 0;

	for (size_t i = 0; i < name->len; i++) {
		size_t len = separator_len(name, i);

		if (len == 0)
			continue;
		start = i + len;
		if (text_cells(name->text + start, name->len - start) <= cells)
			break;
		i += len - 1;
	}
	return start;
}

/* Copies as many characters as fit, with an ellipsis where not all do. */
static size_t copy_cut(char label[LABEL_TEXT_MAX], const char *text, size_t len, size_t cells)
{
	size_t copied = 0, used = 0;

	if (text_cells(text, len) <= cells) {
		memcpy(label, text, len);
		label[len] = '\0';
		return len;
	}
	while (copied < len) {
		uint32_t c;
		size_t step = utf8_decode(text + copied, len - copied, &c);

		if (used + utf8_cells(c) > cells - 1)
			break;
		used += utf8_cells(c);
		memcpy(label + copied, text + copied, step);
		copied += step;
	}
	memcpy(label + copied, ELLIPSIS, sizeof(ELLIPSIS));
	return copied + strlen(ELLIPSIS);
}

/*
 * Where a marker begins without its first word, which the colour says too: "[waits: futex]" becomes
 * "[futex]". 0 when that does not fit either, and there is room for more than a piece of the word.
 */
static size_t drop_word(struct name *name, size_t cells)
{
	const char *colon = memmem(name->text, name->len, ": ", 2);
	size_t start;

	if (!colon)
		return 0;
	start = (size_t)(colon - name->text) + 1;
	if (text_cells(name->text + start, name->len - start) > cells && cells >= CELLS_WORD)
		return 0;
	name->text[start] = '[';
	return start;
}

size_t label_fit(char label[LABEL_TEXT_MAX], const char *text, size_t len, size_t cells)
{
	struct name name;
	size_t start = 0;

	label[0] = '\0';
	if (cells < CELLS_LEAST)
		return 0;
	if (cells > LABEL_CELLS_MAX)
		cells = LABEL_CELLS_MAX;
	name.len = escape_visible(name.text, LABEL_NAME_MAX, text, len);
	/* Names too long to have been copied are only cut. */
	if (text_cells(name.text, name.len) <= cells || name.len + 4 > LABEL_NAME_MAX) {
		start = 0;
	} else if (name.text[0] == '[') {
		start = drop_word(&name, cells);
	} else {
		find_brackets(&name);
		drop_place(&name);
		if (text_cells(name.text, name.len) > cells && drop_arguments(&name) &&
		    text_cells(name.text, name.len) > cells)
			drop_result(&name);
		if (text_cells(name.text, name.len) > cells)
			drop_template_contents(&name);
		if (text_cells(name.text, name.len) > cells)
			start = right_end(&name, cells);
	}
	return copy_cut(label, name.text + start, name.len - start, cells);
}
