// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers for people; see number.h. printf's own fractions would follow the locale. */
#include "render/number.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "profiler/model/alloc.h"

struct unit {
	const char *name;
	uint64_t size;
};

static const struct unit durations[] = {
	{"s", 1000000000}, {"ms", 1000000}, {"µs", 1000}, {"ns", 1}};
static const struct unit bytes_units[] = {
	{"GiB", 1U << 30}, {"MiB", 1U << 20}, {"KiB", 1U << 10}, {"B", 1}};
/* What pprof calls units of time, in nanoseconds. */
static const struct unit time_units[] = {{"nanoseconds", 1},
					 {"microseconds", 1000},
					 {"milliseconds", 1000000},
					 {"seconds", 1000000000}};

static uint64_t magnitude(int64_t value)
{
	return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

void number_count(char text[NUMBER_TEXT_MAX], int64_t count)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, magnitude(count));
	char *p = text;

	if (count < 0)
		*p++ = '-';
	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			*p++ = ',';
		*p++ = digits[i];
	}
	*p = '\0';
}

/* value / size with three significant digits: 1.23, 12.3, 123, 1,234. */
static void print_scaled(char text[NUMBER_TEXT_MAX], uint64_t value, const struct unit *unit,
			 bool negative)
{
	static const struct {
		unsigned int below, factor, digits;
	} steps[] = {{10, 100, 2}, {100, 10, 1}};
	long double scaled = (long double)value / unit->size;
	const char *sign = negative ? "-" : "";
	char whole[NUMBER_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_LEN(steps) && unit->size > 1; i++) {
		uint64_t rounded = (uint64_t)(scaled * steps[i].factor + 0.5L);

		if (rounded >= (uint64_t)steps[i].below * steps[i].factor)
			continue;
		snprintf(text, NUMBER_TEXT_MAX, "%s%" PRIu64 ".%0*" PRIu64 " %s", sign,
			 rounded / steps[i].factor, (int)steps[i].digits, rounded % steps[i].factor,
			 unit->name);
		return;
	}
	number_count(whole, (int64_t)(scaled + 0.5L));
	snprintf(text, NUMBER_TEXT_MAX, "%s%.40s %s", sign, whole, unit->name);
}

static void print_in_units(char text[NUMBER_TEXT_MAX], int64_t amount, const struct unit *units,
			   size_t count)
{
	uint64_t value = magnitude(amount);
	size_t i = 0;

	/* 999.5 of a unit is already one of the next. */
	while (i + 1 < count && value < units[i].size - units[i].size / 2000)
		i++;
	if (value == 0)
		snprintf(text, NUMBER_TEXT_MAX, "0 %s", units[0].name);
	else
		print_scaled(text, value, &units[i], amount < 0);
}

void number_duration(char text[NUMBER_TEXT_MAX], int64_t ns)
{
	uint64_t seconds = magnitude(ns) / 1000000000;
	const char *sign = ns < 0 ? "-" : "";

	if (seconds >= 3600)
		snprintf(text, NUMBER_TEXT_MAX, "%s%" PRIu64 " h %" PRIu64 " min", sign,
			 seconds / 3600, seconds / 60 % 60);
	else if (seconds >= 120)
		snprintf(text, NUMBER_TEXT_MAX, "%s%" PRIu64 " min %" PRIu64 " s", sign,
			 seconds / 60, seconds % 60);
	else
		print_in_units(text, ns, durations, ARRAY_LEN(durations));
}

void number_bytes(char text[NUMBER_TEXT_MAX], int64_t bytes)
{
	print_in_units(text, bytes, bytes_units, ARRAY_LEN(bytes_units));
}

void number_share(char text[NUMBER_TEXT_MAX], int64_t part, int64_t whole)
{
	long double percent = whole ? 100.0L * part / whole : 0;
	const char *sign = percent < 0 ? "-" : "";
	uint64_t hundredths;

	if (percent < 0)
		percent = -percent;
	hundredths = (uint64_t)(percent * 100 + 0.5L);
	if (part == 0 || whole == 0)
		snprintf(text, NUMBER_TEXT_MAX, "0 %%");
	else if (part == whole)
		snprintf(text, NUMBER_TEXT_MAX, "100 %%");
	else if (hundredths == 0)
		snprintf(text, NUMBER_TEXT_MAX, "< 0.01 %%");
	else if (hundredths < 100)
		snprintf(text, NUMBER_TEXT_MAX, "%s0.%02" PRIu64 " %%", sign, hundredths);
	else
		snprintf(text, NUMBER_TEXT_MAX, "%s%" PRIu64 ".%" PRIu64 " %%", sign,
			 (uint64_t)(percent * 10 + 0.5L) / 10,
			 (uint64_t)(percent * 10 + 0.5L) % 10);
}

void number_time(char text[NUMBER_TEXT_MAX], uint64_t unix_ns)
{
	time_t seconds = (time_t)(unix_ns / 1000000000);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	snprintf(text, NUMBER_TEXT_MAX, "%04d-%02d-%02d %02d:%02d UTC", tm.tm_year + 1900,
		 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min);
}

void number_amount(char text[NUMBER_TEXT_MAX], int64_t amount, const char *unit)
{
	int64_t ns;

	for (size_t i = 0; i < ARRAY_LEN(time_units); i++) {
		if (strcmp(unit, time_units[i].name) == 0) {
			if (__builtin_mul_overflow(amount, (int64_t)time_units[i].size, &ns))
				ns = amount < 0 ? INT64_MIN : INT64_MAX;
			number_duration(text, ns);
			return;
		}
	}
	if (strcmp(unit, "bytes") == 0)
		number_bytes(text, amount);
	else
		number_count(text, amount);
}
