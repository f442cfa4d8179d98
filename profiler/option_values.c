// SPDX-License-Identifier: GPL-2.0-or-later
/* Parsing the values of options, whatever the locale; see option_values.h. */
#include "profiler/option_values.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "profiler/model/alloc.h"
#include "profiler/model/search.h"
#include "profiler/options.h"

const char option_no_memory[] = "out of memory";

#define MEGABYTES_MAX  1024
#define SIZE_MIN_BYTES (16ULL << 20)
#define CPU_NUMBER_MAX 65535 /* far above any kernel's NR_CPUS */
#define PPM_PER_PERCENT 10000ULL

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

const char *parse_folder(const char *text, void *field)
{
	struct stat st;

	if (stat(text, &st))
		return errno == ENOENT ? "does not exist" : strerror(errno);
	if (!S_ISDIR(st.st_mode))
		return "is not a folder";
	return parse_text(text, field);
}

const char *parse_texts(const char *text, void *field)
{
	struct text_list *list = field;

	if (!*text)
		return "is empty";
	if (ARRAY_RESERVE(list->texts, list->cap, list->count + 1))
		return option_no_memory;
	list->texts[list->count++] = text;
	return NULL;
}

/* Digits after a point at *text, which moves behind them, as a part of `unit`; what is less is cut. */
static uint64_t take_fraction(const char **text, uint64_t unit)
{
	uint64_t part = 0;

	if (**text != '.')
		return 0;
	for ((*text)++; **text >= '0' && **text <= '9'; (*text)++) {
		unit /= 10;
		part += unit * (uint64_t)(**text - '0');
	}
	return part;
}

/* What a unit of time after a number stands for, in nanoseconds; 0 for none that is known. */
static uint64_t unit_ns(const char *suffix)
{
	static const struct {
		const char *suffix;
		uint64_t ns;
	} units[] = {{"", 1000000000},	    {"s", 1000000000},	 {"ms", 1000000}, {"us", 1000},
		     {"m", 60000000000ULL}, {"h", 3600000000000ULL},
		     {"d", 86400000000000ULL}};

	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (!strcmp(suffix, units[i].suffix))
			return units[i].ns;
	}
	return 0;
}

/* Returns 0, -EINVAL for what is no time, or -ERANGE when it is 0 or too long, as *ret_ns tells. */
static int parse_time(const char *text, uint64_t *ret_ns)
{
	uint64_t whole, unit;

	if (!take_number(&text, UINT64_MAX, &whole))
		return -EINVAL;
	unit = unit_ns(text + (*text == '.' ? 1 + strspn(text + 1, "0123456789") : 0));
	if (!unit)
		return -EINVAL;
	if (__builtin_mul_overflow(whole, unit, ret_ns) || *ret_ns > DURATION_MAX_NS) {
		*ret_ns = UINT64_MAX;
		return -ERANGE;
	}
	*ret_ns += take_fraction(&text, unit);
	return *ret_ns ? 0 : -ERANGE;
}

const char *parse_duration(const char *text, void *field)
{
	uint64_t ns;
	int err = parse_time(text, &ns);

	if (err == -EINVAL)
		return "is not a time; write 30, 30s, 500ms or 2m";
	if (err && !ns)
		return "would record nothing; give a time above 0, or leave it out to capture until "
		       "Ctrl-C";
	if (err)
		return "is too long; give at most 8760h, or leave it out to capture until Ctrl-C";
	*(uint64_t *)field = ns;
	return NULL;
}

const char *parse_span(const char *text, void *field)
{
	uint64_t ns;
	int err = parse_time(text, &ns);

	if (err == -EINVAL)
		return "is not a time; write 10s, 1m, 1h or 7d";
	if (err)
		return "is no time that can pass; give one above 0, and at most 365d";
	*(uint64_t *)field = ns;
	return NULL;
}

const char *parse_count(const char *text, void *field)
{
	uint64_t count;

	if (!take_number(&text, UINT32_MAX, &count) || *text || !count)
		return "is not a number above 0";
	*(uint64_t *)field = count;
	return NULL;
}

const char *parse_wait(const char *text, void *field)
{
	uint64_t ns;
	int err = parse_time(text, &ns);

	if (err == -EINVAL)
		return "is not a time; write 2ms, 500us or 1.5s";
	if (err && !ns)
		return "is no limit; give a time above 0, or leave it out";
	if (err)
		return "is too long; give at most 8760h, or leave it out";
	*(uint64_t *)field = ns;
	return NULL;
}

/* The state, or set of them, of that name; 0 for none. */
static unsigned int state_find(const char *name, size_t len)
{
	static const struct {
		const char *name;
		unsigned int states;
	} table[] = {{"sleep", WAIT_SLEEP},   {"disk", WAIT_DISK},     {"stopped", WAIT_STOPPED},
		     {"traced", WAIT_TRACED}, {"parked", WAIT_PARKED}, {"idle", WAIT_IDLE},
		     {"all", WAIT_ALL}};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		if (strlen(table[i].name) == len && !memcmp(table[i].name, name, len))
			return table[i].states;
	}
	return 0;
}

const char *parse_states(const char *text, void *field)
{
	unsigned int states = 0;

	do {
		size_t len = strcspn(text, ",");
		unsigned int found = state_find(text, len);

		if (!found)
			return "is not a list of states; use sleep, disk, stopped, traced, parked, "
			       "idle or all";
		states |= found;
		text += len;
	} while (*text++);
	*(unsigned int *)field |= states;
	return NULL;
}

const char *parse_chain(const char *text, void *field)
{
	uint64_t wakers;

	_Static_assert(WAKER_CHAIN_MAX == 4, "the message says so");
	if (!take_number(&text, WAKER_CHAIN_MAX, &wakers) || *text || !wakers)
		return "is not a number of wakers from 1 to 4";
	*(uint64_t *)field = wakers;
	return NULL;
}

const char *parse_percent(const char *text, void *field)
{
	const char *wanted = "is not a percentage from 0 to 100, such as 3 or 0.5";
	uint64_t ppm;
	bool is_zero = !text[strspn(text, "0.%")];

	if (!take_number(&text, 100, &ppm))
		return wanted;
	ppm = ppm * PPM_PER_PERCENT + take_fraction(&text, PPM_PER_PERCENT);
	if (*text == '%')
		text++;
	if (*text || ppm > 100 * PPM_PER_PERCENT)
		return wanted;
	if (!ppm && !is_zero)
		return "is too little; give at least 0.0001, or 0 for no limit";
	*(uint64_t *)field = ppm;
	return NULL;
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

const char *parse_slices(const char *text, void *field)
{
	uint64_t slices;

	_Static_assert(SLICES_MAX == 1000, "the message says so");
	if (!take_number(&text, SLICES_MAX, &slices) || *text || slices == 1)
		return "is not a number of slices; write 2 to 1000, or 0 for none";
	*(uint64_t *)field = slices;
	return NULL;
}

/* Adds a number where it belongs, unless it is there already. */
static const char *list_add(struct number_list *list, uint32_t number)
{
	size_t at = SEARCH_BEFORE(i, list->count, list->numbers[i] < number);

	if (at < list->count && list->numbers[at] == number)
		return NULL;
	if (ARRAY_RESERVE(list->numbers, list->cap, list->count + 1))
		return option_no_memory;
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
	struct grouping *group = field;

	if (group_key_parse(text, &group->key, &group->label))
		return NULL;
	return "is not a key; use thread, process, tid, pid, cpu, cgroup, container, label:KEY or "
	       "none";
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

const char *parse_demangle(const char *text, void *field)
{
	static const char *const styles[] = {
		[DEMANGLE_FULL] = "full",
		[DEMANGLE_SHORT] = "short",
		[DEMANGLE_NONE] = "none",
	};

	for (size_t i = 0; i < ARRAY_LEN(styles); i++) {
		if (!strcmp(text, styles[i])) {
			*(enum demangle_style *)field = (enum demangle_style)i;
			return NULL;
		}
	}
	return "is no way to write names; use full, short or none";
}

const char *parse_no_demangle(const char *text, void *field)
{
	*(enum demangle_style *)field = DEMANGLE_NONE;
	return NULL;
}

const char *parse_normalisation(const char *text, void *field)
{
	for (int i = NORMALISE_TOTAL; i <= NORMALISE_NONE; i++) {
		if (!strcmp(text, normalisation_word((enum normalisation)i))) {
			*(enum normalisation *)field = (enum normalisation)i;
			return NULL;
		}
	}
	return "is no way to normalize; use total, time or none";
}

const char *parse_size(const char *text, void *field)
{
	static const char *const wanted = "is not a size; write one such as 512M or 2G, of 16M at least";
	static const char units[] = "KMGT";
	const char *unit;
	uint64_t number;

	if (!take_number(&text, UINT64_MAX >> 40, &number) || !*text)
		return wanted;
	unit = strchr(units, *text);
	if (!unit || text[1])
		return wanted;
	number <<= 10 * (unit - units + 1);
	if (number < SIZE_MIN_BYTES)
		return wanted;
	*(uint64_t *)field = number;
	return NULL;
}

const char *parse_megabytes(const char *text, void *field)
{
	uint64_t megabytes;

	if (!take_number(&text, MEGABYTES_MAX, &megabytes) || *text || !megabytes)
		return "is not a number of megabytes from 1 to 1024";
	*(uint64_t *)field = megabytes << 20;
	return NULL;
}
