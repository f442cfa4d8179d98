// SPDX-License-Identifier: GPL-2.0-or-later
/* Patterns of names; see series_name.h. */
#include "profiler/series_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "render/render.h"

#define STAMP	   "-%Y%m%d-%H%M%S"
#define NUMBER_MAX 9 /* digits */

/* Conversions: of digits only, as many and of such a value; or short for others. */
static const struct conversion {
	char letter;
	const char *stands_for;
	unsigned int least_digits, most_digits;
	uint64_t least, most;
} conversions[] = {
	{'Y', NULL, 4, 4, 1970, 9999}, {'m', NULL, 2, 2, 1, 12}, {'d', NULL, 2, 2, 1, 31},
	{'j', NULL, 3, 3, 1, 366},     {'H', NULL, 2, 2, 0, 23}, {'M', NULL, 2, 2, 0, 59},
	{'S', NULL, 2, 2, 0, 60},      {'s', NULL, 1, 12, 0, 999999999999},
	{'F', "%Y-%m-%d", 0, 0, 0, 0}, {'T', "%H:%M:%S", 0, 0, 0, 0},
};

static const struct conversion *conversion_of(char letter)
{
	for (size_t i = 0; i < ARRAY_LEN(conversions); i++) {
		if (conversions[i].letter == letter)
			return &conversions[i];
	}
	return NULL;
}

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The longest suffix of a format that a name ends with; else what follows its last dot, with it. */
static const char *suffix_of(const char *name)
{
	size_t len = strlen(name), best = 0;
	const char *dot = strrchr(name, '.');

	for (const struct render_format *format = render_formats; format->name; format++) {
		const char *at = format->suffixes;

		while (*at) {
			size_t suffix = strcspn(at, " ");

			if (suffix > best && suffix < len &&
			    !strncmp(name + len - suffix, at, suffix))
				best = suffix;
			at += suffix + strspn(at + suffix, " ");
		}
	}
	if (best)
		return name + len - best;
	return dot && dot != name ? dot : name + len;
}

char *series_name_pattern(const char *path)
{
	const char *suffix = suffix_of(file_name(path));
	char *pattern;

	for (const char *at = path; (at = strchr(at, '%')); at += at[1] ? 2 : 1) {
		if (at[1] != '%')
			return strdup(path);
	}
	return asprintf(&pattern, "%.*s%s%s", (int)(suffix - path), path, STAMP, suffix) < 0
		       ? NULL
		       : pattern;
}

const char *series_name_wrong(const char *pattern)
{
	const char *name = file_name(pattern), *suffix = suffix_of(name);

	for (const char *at = pattern; (at = strchr(at, '%')); at += 2) {
		if (at[1] == '%')
			continue;
		if (!conversion_of(at[1]))
			return "of the time a name may have %Y %m %d %j %H %M %S %F %T and %s, and %% "
			       "for a percent sign";
		if (at < name)
			return "only the file's name can have the time in it, not its folder";
		if (at >= suffix)
			return "the time must stand before the suffix";
	}
	return NULL;
}

/* One conversion or character of a pattern as text. Returns how long it is in the pattern. */
static size_t put(const char *at, const struct tm *local, FILE *out)
{
	char conversion[3] = {at[0], at[1]}, text[32];

	if (*at != '%') {
		fputc(*at, out);
		return 1;
	}
	if (at[1] == '%')
		fputc('%', out);
	else if (strftime(text, sizeof(text), conversion, local))
		fputs(text, out);
	return 2;
}

char *series_name_make(const char *pattern, time_t moment, unsigned int number)
{
	const char *suffix = suffix_of(file_name(pattern));
	char *path = NULL;
	struct tm local;
	size_t len;
	FILE *out = open_memstream(&path, &len);
	bool failed;

	if (!out)
		return NULL;
	localtime_r(&moment, &local);
	for (const char *at = pattern; *at; ) {
		if (at == suffix && number > 1)
			fprintf(out, "-%u", number);
		at += put(at, &local, out);
	}
	if (!*suffix && number > 1)
		fprintf(out, "-%u", number);
	failed = ferror(out);
	if (fclose(out) || failed) {
		free(path);
		return NULL;
	}
	return path;
}

/* ---- recognising ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits of a conversion at *name, which moves behind them. */
static bool take_digits(const struct conversion *conversion, const char **name)
{
	unsigned int digits = 0;
	uint64_t value = 0;

	for (; is_digit(**name) && digits < conversion->most_digits; digits++)
		value = value * 10 + (uint64_t)(*(*name)++ - '0');
	return digits >= conversion->least_digits && value >= conversion->least &&
	       value <= conversion->most;
}

/* What a part of a pattern, up to `end`, can stand for, at *name. */
static bool take(const char *pattern, const char *end, const char **name)
{
	while (pattern < end) {
		const struct conversion *conversion;

		if (*pattern != '%' || pattern[1] == '%') {
			if (*(*name)++ != *pattern)
				return false;
			pattern += *pattern == '%' ? 2 : 1;
			continue;
		}
		conversion = conversion_of(pattern[1]);
		if (!conversion)
			return false;
		if (!conversion->stands_for ? !take_digits(conversion, name)
					    : !take(conversion->stands_for,
						    conversion->stands_for +
							    strlen(conversion->stands_for),
						    name))
			return false;
		pattern += 2;
	}
	return true;
}

/* A number from 2 on, as it is written, if there is one. */
static bool take_number(const char **name)
{
	const char *at = *name;
	unsigned int digits = 0;

	if (*at != '-')
		return true;
	at++;
	if (*at == '0' || (*at == '1' && !is_digit(at[1])))
		return false;
	for (; is_digit(*at); at++)
		digits++;
	*name = at;
	return digits && digits <= NUMBER_MAX;
}

bool series_name_matches(const char *pattern, const char *name)
{
	const char *from = file_name(pattern), *suffix = suffix_of(from);

	return take(from, suffix, &name) && take_number(&name) &&
	       take(suffix, suffix + strlen(suffix), &name) && !*name;
}
