// SPDX-License-Identifier: GPL-2.0-or-later
/* Names without their build, and renaming; see names.h. */
#include "profiler/diff/names.h"

#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/memory_stream.h"

/* ---- without the build ---------------------------------------------------------------------- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_word(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static size_t count_digits(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && is_digit(text[n]))
		n++;
	return n;
}

static bool begins(const char *text, size_t len, const char *with)
{
	size_t with_len = strlen(with);

	return len >= with_len && !memcmp(text, with, with_len);
}

/* How much of the end is a clone's suffix: ".isra.0", ".cold", ".part.0". */
static size_t suffix_len(const char *name, size_t len)
{
	static const struct {
		const char *word;
		bool alone; /* also without a number */
	} suffixes[] = {{".isra", false},      {".constprop", false}, {".part", false},
			{".cold", true},       {".llvm", false},      {".lto_priv", false},
			{".localalias", true}, {".clone", false}};
	size_t digits = 0, end;

	while (digits < len && is_digit(name[len - 1 - digits]))
		digits++;
	end = len - digits;
	if (digits && (!end || name[end - 1] != '.'))
		return 0;
	end -= digits ? 1 : 0;
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		size_t word = strlen(suffixes[i].word);

		if (end > word && !memcmp(name + end - word, suffixes[i].word, word) &&
		    (digits || suffixes[i].alone))
			return len - (end - word);
	}
	return 0;
}

/* How much of the end is " [clone .isra.0]", as demanglers write it. */
static size_t clone_len(const char *name, size_t len)
{
	static const char open[] = " [clone ";

	if (!len || name[len - 1] != ']')
		return 0;
	for (size_t at = len; at-- > 1;) {
		if (name[at] == '[')
			return at >= 1 && begins(name + at - 1, len - at + 1, open) && at > 1
				       ? len - at + 1
				       : 0;
	}
	return 0;
}

#define RUST_HASH 19 /* "::h" and 16 digits */

static size_t hash_len(const char *name, size_t len)
{
	if (len <= RUST_HASH || !begins(name + len - RUST_HASH, RUST_HASH, "::h"))
		return 0;
	for (size_t i = len - 16; i < len; i++) {
		if (!is_digit(name[i]) && (name[i] < 'a' || name[i] > 'f'))
			return 0;
	}
	return RUST_HASH;
}

/* The length of the name without what its end says of the build. */
static size_t trim(const char *name, size_t len)
{
	size_t less;

	do {
		less = suffix_len(name, len);
		if (!less)
			less = clone_len(name, len);
		if (!less)
			less = hash_len(name, len);
		len -= less;
	} while (less);
	return len;
}

/* ".1.2.13" */
static size_t version_len(const char *text, size_t len)
{
	size_t at = 0;

	while (at + 1 < len && text[at] == '.' && is_digit(text[at + 1]))
		at += 1 + count_digits(text + at + 1, len - at - 1);
	return at < len && is_word(text[at]) ? 0 : at;
}

/* "-1.2.so": a version that stands before the suffix. */
static size_t version_before_so(const char *text, size_t len)
{
	size_t at = 1 + count_digits(text + 1, len - 1);

	if (at == 1)
		return 0;
	while (at + 1 < len && text[at] == '.' && is_digit(text[at + 1]))
		at += 1 + count_digits(text + at + 1, len - at - 1);
	return begins(text + at, len - at, ".so") ? at : 0;
}

/* What is written in place of the bytes at `text`, and how many they are; 0: they stay. */
static size_t replaced(const char *text, size_t len, char before, const char **ret_by)
{
	size_t digits;

	*ret_by = "";
	switch (*text) {
	case '0':
		if (!is_word(before) && begins(text, len, "0x") && len > 2 && is_hex(text[2])) {
			for (digits = 2; digits < len && is_hex(text[digits]);)
				digits++;
			*ret_by = "0x*";
			return digits;
		}
		return 0;
	case '#':
		digits = count_digits(text + 1, len - 1);
		*ret_by = "#*";
		return digits && digits + 1 < len && text[digits + 1] == '}' ? digits + 1 : 0;
	case '$':
		if (begins(text, len, "$_") && (digits = count_digits(text + 2, len - 2))) {
			*ret_by = "$_*";
			return 2 + digits;
		}
		if (begins(text, len, "$$Lambda$") && (digits = count_digits(text + 9, len - 9))) {
			*ret_by = "$$Lambda$*";
			return 9 + digits;
		}
		return 0;
	case '\'':
		digits = begins(text, len, "'lambda") ? count_digits(text + 7, len - 7) : 0;
		*ret_by = "'lambda'";
		return digits && 7 + digits < len && text[7 + digits] == '\'' ? 8 + digits : 0;
	case '-':
		return version_before_so(text, len);
	default:
		return 0;
	}
}

/* Likewise of what begins with a point. */
static size_t replaced_point(const char *text, size_t len, const char **ret_by)
{
	size_t digits, more;

	if (begins(text, len, ".so")) {
		*ret_by = ".so";
		more = version_len(text + 3, len - 3);
		return more ? 3 + more : 0;
	}
	if (!begins(text, len, ".func") || !(digits = count_digits(text + 5, len - 5)))
		return 0;
	*ret_by = ".func*";
	more = 5 + digits;
	more += version_len(text + more, len - more);
	return more < len && is_word(text[more]) ? 0 : more;
}

/* "lambda$main$0" of Java, from its first '$' on: the length up to the number; 0 for none. */
static size_t java_lambda(const char *name, size_t at, size_t len)
{
	size_t end = at + 1;

	if (at < 6 || !begins(name + at - 6, 6, "lambda"))
		return 0;
	while (end < len && is_word(name[end]))
		end++;
	return end > at + 1 && end + 1 < len && name[end] == '$' && is_digit(name[end + 1])
		       ? end + 1 - at
		       : 0;
}

static size_t rewrite(const char *name, size_t len, char *canonical)
{
	size_t out = 0, at = 0;

	len = trim(name, len);
	while (at < len) {
		const char *by = "";
		size_t rest = len - at;
		size_t taken = name[at] == '.'
				       ? replaced_point(name + at, rest, &by)
				       : replaced(name + at, rest, at ? name[at - 1] : ' ', &by);
		size_t lambda = !taken && name[at] == '$' ? java_lambda(name, at, len) : 0;

		if (lambda) {
			memcpy(canonical + out, name + at, lambda);
			out += lambda;
			canonical[out++] = '*';
			at += lambda;
			at += count_digits(name + at, len - at);
		} else if (taken) {
			memcpy(canonical + out, by, strlen(by));
			out += strlen(by);
			at += taken;
		} else {
			canonical[out++] = name[at++];
		}
	}
	return out;
}

size_t name_canonical(const char *name, size_t len, char *canonical)
{
	size_t out = rewrite(name, len, canonical), before;

	/* What was taken away may have kept apart what is now another such thing; that is rare. */
	for (before = len; out < before; out = rewrite(canonical, out, canonical))
		before = out;
	return out;
}

/* ---- renaming ------------------------------------------------------------------------------- */

#define PARTS 10

struct rename_rule {
	regex_t regex;
	char *text;
};

/* A name grows to this at most; what would be longer is left as it is. */
#define RENAMED_MAX (1 << 20)

int rename_rule_new(const char *text, struct rename_rule **ret_rule, char *ret_mistake,
		    size_t mistake_size)
{
	const char *equals = strrchr(text, '=');
	struct rename_rule *rule;
	char *pattern;
	int wrong;

	if (!equals || equals == text) {
		snprintf(ret_mistake, mistake_size,
			 "is no renaming; write REGEX=TEXT, such as '^v[0-9]+::='");
		return -EINVAL;
	}
	rule = calloc(1, sizeof(*rule));
	pattern = strndup(text, (size_t)(equals - text));
	if (rule)
		rule->text = strdup(equals + 1);
	if (!rule || !pattern || !rule->text) {
		free(pattern);
		if (rule)
			free(rule->text);
		free(rule);
		return -ENOMEM;
	}
	wrong = regcomp(&rule->regex, pattern, REG_EXTENDED);
	free(pattern);
	if (wrong) {
		size_t used =
			(size_t)snprintf(ret_mistake, mistake_size, "is no regular expression: ");

		if (used < mistake_size)
			regerror(wrong, &rule->regex, ret_mistake + used, mistake_size - used);
		free(rule->text);
		free(rule);
		return -EINVAL;
	}
	*ret_rule = rule;
	return 0;
}

void rename_rule_free(struct rename_rule *rule)
{
	if (!rule)
		return;
	regfree(&rule->regex);
	free(rule->text);
	free(rule);
}

/* The replacement of one match, with its parts. */
static void put_text(FILE *out, const char *text, const char *from, const regmatch_t *parts)
{
	for (; *text; text++) {
		const regmatch_t *part;

		if (*text != '\\' || !text[1]) {
			fputc(*text, out);
			continue;
		}
		text++;
		if (!is_digit(*text)) {
			fputc(*text, out);
			continue;
		}
		part = &parts[*text - '0'];
		if (part->rm_so >= 0)
			fwrite(from + part->rm_so, 1, (size_t)(part->rm_eo - part->rm_so), out);
	}
}

int rename_apply(const struct rename_rule *rule, const char *name, char **ret_name)
{
	regmatch_t parts[PARTS];
	struct memory_stream memory;
	const char *at = name;
	size_t len;
	FILE *out;

	if (regexec(&rule->regex, name, PARTS, parts, 0))
		return 0;
	out = memory_stream_open(&memory);
	if (!out)
		return -ENOMEM;
	do {
		bool empty = parts[0].rm_eo == parts[0].rm_so;

		fwrite(at, 1, (size_t)parts[0].rm_so, out);
		put_text(out, rule->text, at, parts);
		at += parts[0].rm_eo;
		if (empty && *at)
			fputc(*at++, out);
	} while (*at && memory_stream_len(&memory) < RENAMED_MAX &&
		 !regexec(&rule->regex, at, PARTS, parts, REG_NOTBOL));
	fputs(at, out);
	return memory_stream_close(&memory, ret_name, &len) ? -ENOMEM : 1;
}
