// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Short forms of readable names, by their brackets; see short_name.h.
 *
 * Demanglers write "<" and ">" for comparisons only within parentheses, and for
 * operators behind the word. So brackets can be matched without a grammar.
 */
#include "symbolizer/short_name.h"

#include <stdint.h>

struct walk {
	const char *name;
	size_t len, at;
	enum name_language language;
	bool keep_apart;
	struct text *out;
};

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static bool begins(const struct walk *walk, size_t at, const char *with)
{
	size_t len = strlen(with);

	return walk->len - at >= len && !memcmp(walk->name + at, with, len);
}

/* ---- brackets -------------------------------------------------------------------------------- */

/* How long "operator" and its sign are, where the sign is made of brackets; else 0. */
static size_t operator_len(const struct walk *walk, size_t at)
{
	static const char word[] = "operator";
	static const char *const signs[] = {"()", "[]", "<=>", "<<=", ">>=", "->*", "<<",
					    ">>", "<=", ">=",  "->",  "<",   ">"};
	size_t sign = at + strlen(word);

	if (walk->language != NAME_CXX || !begins(walk, at, word) ||
	    (at && is_word(walk->name[at - 1])))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(signs); i++)
		if (begins(walk, sign, signs[i]))
			return strlen(word) + strlen(signs[i]);
	return 0;
}

/* Behind the parenthesis that closes the one at `at`; 0 when none does. */
static size_t behind_parenthesis(const struct walk *walk, size_t at)
{
	size_t depth = 0;

	for (size_t sign; at < walk->len; at++) {
		sign = operator_len(walk, at);
		if (sign)
			at += sign - 1;
		else if (walk->name[at] == '(')
			depth++;
		else if (walk->name[at] == ')' && !--depth)
			return at + 1;
	}
	return 0;
}

/* Likewise of an angle bracket; "->" is an arrow. */
static size_t behind_angle(const struct walk *walk, size_t at)
{
	size_t depth = 0;

	while (at < walk->len) {
		size_t sign = operator_len(walk, at);

		if (sign) {
			at += sign;
			continue;
		}
		if (walk->name[at] == '(') {
			at = behind_parenthesis(walk, at);
			if (!at)
				return 0;
			continue;
		}
		if (walk->name[at] == '<')
			depth++;
		else if (walk->name[at] == '>' && walk->name[at - 1] != '-' && !--depth)
			return at + 1;
		at++;
	}
	return 0;
}

/* ---- steps: each puts something and moves on; -EINVAL where brackets do not match -------------- */

static int put(struct walk *walk, size_t end)
{
	int err = text_append(walk->out, walk->name + walk->at, end - walk->at);

	walk->at = end;
	return err;
}

static int put_instead(struct walk *walk, size_t end, const char *instead)
{
	walk->at = end;
	return end ? text_append_z(walk->out, instead) : -EINVAL;
}

/* What a function may say of its object behind its arguments is a part of them. */
static size_t behind_qualifiers(const struct walk *walk, size_t at)
{
	static const char *const words[] = {" const",	  " volatile", " &&",	" &",
					    " immutable", " shared",   " inout"};
	size_t before;

	do {
		before = at;
		for (size_t i = 0; i < ARRAY_LEN(words) && at == before; i++) {
			size_t end = at + strlen(words[i]);

			if (begins(walk, at, words[i]) &&
			    (end == walk->len || !is_word(walk->name[end])))
				at = end;
		}
	} while (at != before);
	return at;
}

static int step_parenthesis(struct walk *walk)
{
	static const char anonymous[] = "(anonymous namespace)";
	size_t end = behind_parenthesis(walk, walk->at);

	if (begins(walk, walk->at, anonymous))
		return put(walk, walk->at + strlen(anonymous));
	/* The contents of a template, in D. */
	if (walk->language == NAME_D && walk->at && walk->name[walk->at - 1] == '!')
		return put_instead(walk, end, "()");
	if (!end)
		return -EINVAL;
	if (walk->keep_apart)
		return put(walk, end);
	walk->at = behind_qualifiers(walk, end);
	return 0;
}

/* Whether an angle bracket of Rust opens a type or an implementation, and not what a type is of. */
static bool opens_path(const struct walk *walk)
{
	char before = walk->at ? walk->name[walk->at - 1] : ' ';

	return before == ':' ? begins(walk, walk->at, "<impl ") : !is_word(before);
}

static int step_angle(struct walk *walk)
{
	size_t end = behind_angle(walk, walk->at);

	if (!end)
		return -EINVAL;
	if (walk->language == NAME_RUST && opens_path(walk))
		return put(walk, walk->keep_apart ? end : walk->at + 1);
	return put_instead(walk, end, "<>");
}

static int step(struct walk *walk)
{
	size_t sign = operator_len(walk, walk->at);

	if (sign)
		return put(walk, walk->at + sign);
	if (walk->name[walk->at] == '(' && walk->language != NAME_RUST)
		return step_parenthesis(walk);
	if (walk->name[walk->at] == '<' && walk->language != NAME_D)
		return step_angle(walk);
	return put(walk, walk->at + 1);
}

int short_name(const char *name, size_t len, enum name_language language, bool keep_apart,
	       struct text *out)
{
	struct walk walk = {name, len, 0, language, keep_apart, out};
	int err = 0;

	text_clear(out);
	while (walk.at < len && !err)
		err = step(&walk);
	if (err == -EINVAL || (!err && !out->len)) {
		text_clear(out);
		err = text_append(out, name, len);
	}
	return err;
}

/* ---- suffixes -------------------------------------------------------------------------------- */

/* The length without one such suffix: what it was if there is none. */
static size_t fold_one(const char *name, size_t len)
{
	static const struct {
		const char *word;
		bool alone; /* also without a number */
	} suffixes[] = {{".isra", false}, {".constprop", false}, {".part", false},
			{".cold", true},  {".llvm", false},	 {".lto_priv", false}};
	size_t end = len;

	while (end && name[end - 1] >= '0' && name[end - 1] <= '9')
		end--;
	if (end < len && (!end || name[--end] != '.'))
		return len;
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		size_t word = strlen(suffixes[i].word);

		if (end > word && !memcmp(name + end - word, suffixes[i].word, word) &&
		    (end < len || suffixes[i].alone))
			return end - word;
	}
	return len;
}

size_t short_name_fold(const char *name, size_t len)
{
	size_t before;

	do {
		before = len;
		len = fold_one(name, len);
	} while (len < before);
	return len;
}
