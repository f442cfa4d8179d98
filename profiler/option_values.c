// SPDX-License-Identifier: GPL-2.0-or-later
/* Parsing the values of options, whatever the locale; see option_values.h. */
#include "profiler/option_values.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/options.h"

#define NO_MEMORY      "out of memory"
#define MEGABYTES_MAX  1024
#define CPU_NUMBER_MAX 65535 /* far above any kernel's NR_CPUS */

/* A year: that the clock's value then, and every sum of times, fits is beyond doubt. */
#define DURATION_MAX_NS (8760 * 3600 * 1000000000ULL)

/* Digits at *text, which moves behind them; false when there are none or too many. */
static bool take_number(const char **text, uint64_t max, uint64_t *ret_number)
{
	uint64_t number = 0;

	if (**text < '0' || **text > '9')
		return false;
	for (; **text >= '0' && **text <= '9'; (*text)++) {
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(**text - '0'), &number))
			return false;
	}
	*ret_number = number;
	return number <= max;
}

const char *parse_flag(const char *text, void *field)
{
	*(bool *)field = true;
	return NULL;
}

const char *parse_text(const char *text, void *field)
{
	if (!*text)
		return "is empty";
	*(const char **)field = text;
	return NULL;
}

const char *parse_texts(const char *text, void *field)
{
	struct text_list *list = field;

	if (!*text)
		return "is empty";
	if (ARRAY_RESERVE(list->texts, list->cap, list->count + 1))
		return NO_MEMORY;
	list->texts[list->count++] = text;
	return NULL;
}

const char *parse_duration(const char *text, void *field)
{
	static const struct {
		const char *suffix;
		uint64_t ns;
	} units[] = {{"", 1000000000},	    {"s", 1000000000},	 {"ms", 1000000}, {"us", 1000},
		     {"m", 60000000000ULL}, {"h", 3600000000000ULL}};
	const char *wanted = "is not a time; write 30, 30s, 500ms or 2m";
	uint64_t whole, fraction_ns = 0, scale, ns;

	if (!take_number(&text, UINT64_MAX, &whole))
		return wanted;
	const char *fraction = text;
	if (*text == '.')
		text += 1 + strspn(text + 1, "0123456789");
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (strcmp(text, units[i].suffix))
			continue;
		scale = units[i].ns;
		for (const char *digit = fraction + 1; *fraction == '.' && digit < text; digit++) {
			scale /= 10;
			fraction_ns += scale * (uint64_t)(*digit - '0');
		}
		if (__builtin_mul_overflow(whole, units[i].ns, &ns) || ns > DURATION_MAX_NS)
			return "is too long; give at most 8760h, or leave it out to capture until "
			       "Ctrl-C";
		ns += fraction_ns;
		if (ns == 0)
			return "would record nothing; give a time above 0, or leave it out to "
			       "capture until Ctrl-C";
		*(uint64_t *)field = ns;
		return NULL;
	}
	return wanted;
}

const char *parse_frequency(const char *text, void *field)
{
	uint64_t hz;

	if (!take_number(&text, UINT32_MAX, &hz) || *text || !hz)
		return "is not a frequency; write samples per second above 0, such as 99";
	*(uint64_t *)field = hz;
	return NULL;
}

const char *parse_entries(const char *text, void *field)
{
	uint64_t entries;

	if (!take_number(&text, 1 << 24, &entries) || *text || entries < 64)
		return "is not a table size; write a number from 64 to 16777216";
	*(uint64_t *)field = entries;
	return NULL;
}

/* Adds a number where it belongs, unless it is there already. */
static const char *list_add(struct number_list *list, uint32_t number)
{
	size_t at = 0, end = list->count;

	while (at < end) {
		size_t middle = at + (end - at) / 2;

		if (list->numbers[middle] < number)
			at = middle + 1;
		else
			end = middle;
	}
	if (at < list->count && list->numbers[at] == number)
		return NULL;
	if (ARRAY_RESERVE(list->numbers, list->cap, list->count + 1))
		return NO_MEMORY;
	memmove(&list->numbers[at + 1], &list->numbers[at],
		(list->count - at) * sizeof(*list->numbers));
	list->numbers[at] = number;
	list->count++;
	return NULL;
}

const char *parse_ids(const char *text, void *field)
{
	const char *mistake = NULL;

	do {
		uint64_t id;

		if (!take_number(&text, INT32_MAX, &id) || !id || (*text && *text != ','))
			return "is not a list of ids; write numbers above 0, such as 4242 or 17,18";
		mistake = list_add(field, (uint32_t)id);
	} while (!mistake && *text++ == ',');
	return mistake;
}

const char *parse_cpus(const char *text, void *field)
{
	const char *wanted = "is not a list of CPUs; write numbers and ranges, such as 0-3,8";
	const char *mistake = NULL;

	do {
		uint64_t first, last;

		if (!take_number(&text, CPU_NUMBER_MAX, &first))
			return wanted;
		last = first;
		if (*text == '-') {
			text++;
			if (!take_number(&text, CPU_NUMBER_MAX, &last) || last < first)
				return wanted;
		}
		if (*text && *text != ',')
			return wanted;
		for (; first <= last && !mistake; first++)
			mistake = list_add(field, (uint32_t)first);
	} while (!mistake && *text++ == ',');
	return mistake;
}

const char *parse_group(const char *text, void *field)
{
	if (group_key_parse(text, field))
		return NULL;
	return "is not a key; use thread, process, tid, pid, cpu, cgroup or none";
}

const char *parse_unwind(const char *text, void *field)
{
	static const char *const ways[] = {
		[UNWIND_AUTO] = "auto",
		[UNWIND_CFI] = "cfi",
		[UNWIND_FP] = "fp",
	};

	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		if (!strcmp(text, ways[i])) {
			*(enum unwind_way *)field = (enum unwind_way)i;
			return NULL;
		}
	}
	return "is no way to unwind; use auto, cfi or fp";
}

const char *parse_megabytes(const char *text, void *field)
{
	uint64_t megabytes;

	if (!take_number(&text, MEGABYTES_MAX, &megabytes) || *text || !megabytes)
		return "is not a number of megabytes from 1 to 1024";
	*(uint64_t *)field = megabytes << 20;
	return NULL;
}
