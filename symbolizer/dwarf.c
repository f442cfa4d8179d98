// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From addresses to units, and from units to answers; see dwarf.h.
 *
 * What a unit says is read in dwarf_inlines.c and dwarf_lines.c.
 */
#include "symbolizer/dwarf.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/search.h"
#include "symbolizer/dwarf_image.h"
#include "symbolizer/dwarf_memory.h"
#include "symbolizer/dwarf_shared.h"
#include "symbolizer/dwarf_unit.h"
#include "symbolizer/source.h"

/* Per address: it may be in some tens of nested functions, each in pieces. */
#define STEPS_PER_ADDR 4096

/* For any file: what is split from it is not in its size. A step takes up to 0.1 us. */
#define STEPS_AT_LEAST (1ULL << 25)

/* Bytes of split units: a package could give the same ones to every unit. */
#define COPIED_PER_STEP 256

/* What may have to be read for an address: a unit and its lines. */
#define BYTES_PER_ADDR (64 * 1024)

/* libdw keeps a kilobyte of each that it has seen; the largest programs have a tenth. */
#define MAX_UNITS (1U << 19)

/* ---- the answers ----------------------------------------------------------------------------- */

static int by_number(const void *a_, const void *b_)
{
	const uint64_t *a = a_, *b = b_;

	return (*a > *b) - (*a < *b);
}

static int make_room(struct dwarf_answers *answers, uint64_t *addrs, size_t count)
{
	qsort(addrs, count, sizeof(*addrs), by_number);
	answers->answers = calloc(count, sizeof(*answers->answers));
	if (!answers->answers)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (i && addrs[i] == addrs[i - 1])
			continue;
		answers->answers[answers->count++] = (struct dwarf_answer){
			.addr = addrs[i],
			.last = UINT64_MAX,
			.call = DWARF_NONE,
		};
	}
	return 0;
}

void dwarf_answers_fini(struct dwarf_answers *answers)
{
	free(answers->answers);
	free(answers->calls);
	*answers = (struct dwarf_answers){0};
}

/* How many of the answers are below addr. */
static size_t below(const struct dwarf_answers *answers, uint64_t addr)
{
	return SEARCH_BEFORE(i, answers->count, answers->answers[i].addr < addr);
}

const struct dwarf_answer *dwarf_answers_find(const struct dwarf_answers *answers, uint64_t addr)
{
	size_t at = below(answers, addr);

	return at < answers->count && answers->answers[at].addr == addr ? &answers->answers[at]
									: NULL;
}

struct dwarf_span dwarf_unit_span(const struct dwarf_unit *unit, uint64_t low, uint64_t high)
{
	struct dwarf_span span = {.first = below(unit->answers, low)};

	span.end = span.first;
	if (span.first < unit->answers->count && low < high &&
	    unit->answers->answers[span.first].addr < high)
		span.end = below(unit->answers, high);
	return span;
}

struct dwarf_span dwarf_unit_part(struct dwarf_unit *unit, uint64_t low, uint64_t high)
{
	struct dwarf_span span = dwarf_unit_span(unit, low, high);
	struct dwarf_answer *answers = unit->answers->answers;

	if (low >= high)
		return span;
	if (span.first)
		dwarf_answer_limit(&answers[span.first - 1], 0, low - 1);
	for (size_t i = span.first; i < span.end; i++)
		dwarf_answer_limit(&answers[i], low, high - 1);
	if (span.end < unit->answers->count)
		dwarf_answer_limit(&answers[span.end], high, UINT64_MAX);
	return span;
}

bool dwarf_unit_need(struct dwarf_unit *unit, Dwarf_Die *die)
{
	/* Other files, with what is shared or split, are there as a whole. */
	if (dwarf_cu_getdwarf(die->cu) != dwarf_cu_getdwarf(unit->die.cu) ||
	    dwarf_image_need_unit(unit->image, die))
		return true;
	unit->answers->fleeting = true;
	return false;
}

int dwarf_unit_keep_path(struct dwarf_unit *unit, const char *path, const char **ret)
{
	int err;

	if (path != unit->path) {
		unit->kept_path = NULL;
		err = path ? frame_store_text(unit->store, path, strlen(path), &unit->kept_path)
			   : 0;
		if (err)
			return err;
		unit->path = path;
	}
	*ret = unit->kept_path;
	return 0;
}

/* ---- units ----------------------------------------------------------------------------------- */

/* Which of the addresses are in the unit. */
static int find_spans(struct dwarf_unit *unit)
{
	Dwarf_Addr base, low, high;
	ptrdiff_t next = 0;

	unit->nr_spans = 0;
	while ((next = dwarf_ranges(&unit->die, next, &base, &low, &high)) > 0) {
		struct dwarf_span span = dwarf_unit_part(unit, low, high);

		if (span.first == span.end)
			continue;
		if (!dwarf_unit_may(unit, span.end - span.first))
			break;
		if (ARRAY_RESERVE(unit->spans, unit->cap_spans, unit->nr_spans + 1))
			return -ENOMEM;
		unit->spans[unit->nr_spans++] = span;
		for (size_t i = span.first; i < span.end; i++)
			unit->answers->answers[i].here = true;
	}
	return 0;
}

static void end_spans(struct dwarf_unit *unit)
{
	for (size_t s = 0; s < unit->nr_spans; s++) {
		for (size_t i = unit->spans[s].first; i < unit->spans[s].end; i++) {
			unit->answers->answers[i].here = false;
			unit->answers->answers[i].done = true;
		}
	}
}

static int read_dies(struct dwarf_unit *unit)
{
	int err = dwarf_inlines_read(unit);

	if (!err && unit->wish->lines)
		err = dwarf_lines_read(unit);
	return err;
}

static int read_unit(struct dwarf_unit *unit, Dwarf_CU *cu, uint8_t type)
{
	int err = 0;

	if (!dwarf_image_need_head(unit->image, &unit->die)) {
		unit->answers->fleeting = true;
		return 0;
	}
	err = find_spans(unit);
	if (err || !unit->nr_spans)
		return err;
	if (!dwarf_memory_ample())
		return DWARF_NO_MEMORY;
	if (!dwarf_unit_need(unit, &unit->die)) {
		end_spans(unit);
		return 0;
	}
	unit->split = unit->die;
	unit->answers->fleeting |= type == DW_UT_skeleton;
	if (type == DW_UT_skeleton && dwarf_unit_may(unit, 1))
		err = dwarf_split_open(unit->splits, cu, &unit->die, &unit->open, &unit->split);
	if (err > 0 && !dwarf_unit_may(unit, unit->open.unit.len / COPIED_PER_STEP))
		unit->steps = 0;
	if (!err)
		unit->split = unit->die;
	if (err >= 0)
		err = read_dies(unit);
	end_spans(unit);
	dwarf_line_table_fini(&unit->lines);
	/* The path that was named last may have been the split unit's. */
	unit->path = unit->open.open ? NULL : unit->path;
	dwarf_split_close(&unit->open);
	return err;
}

static int read_units(struct dwarf_unit *unit, Dwarf *dwarf)
{
	Dwarf_CU *cu = NULL;
	uint8_t type;
	int err = 0;

	for (size_t i = 0; i < MAX_UNITS && !err; i++) {
		/* Its table of abbreviations, which libdw does not go without. */
		if (!dwarf_memory_left())
			return DWARF_NO_MEMORY;
		if (dwarf_get_units(dwarf, cu, &cu, NULL, &type, &unit->die, NULL))
			return 0;
		if (type == DW_UT_compile || type == DW_UT_skeleton)
			err = read_unit(unit, cu, type);
	}
	return err;
}

/* ---- files ----------------------------------------------------------------------------------- */

/* The reading of one file; what dwarf_memory_run() may leave behind is in here. */
struct reading {
	struct dwarf_unit unit;
	struct dwarf_image image;
	const struct elf_file *file;
	struct dwarf_splits splits;
	struct dwarf_shared shared;
	Dwarf *dwarf;
};

static int read_on(void *data)
{
	struct reading *reading = data;

	return read_units(&reading->unit, reading->dwarf);
}

/* Begins the Dwarf. Returns 0 or -ENOMEM. */
static int begin(struct reading *reading)
{
	reading->dwarf = dwarf_image_begin(&reading->image);
	if (!reading->dwarf)
		return 0;
	dwarf_memory_guard(reading->dwarf);
	return dwarf_shared_open(&reading->shared, reading->dwarf, reading->file,
				 reading->unit.wish, &reading->unit.answers->fleeting);
}

static int read_image(struct reading *reading)
{
	const struct dwarf_wish *wish = reading->unit.wish;
	int err, split_err;

	reading->shared.file.fd = -1;
	dwarf_splits_init(&reading->splits, wish, reading->file, &reading->image);
	reading->unit.splits = &reading->splits;
	err = begin(reading);
	if (!err && reading->dwarf)
		err = dwarf_memory_run(read_on, reading);
	dwarf_line_table_fini(&reading->unit.lines);
	dwarf_split_close(&reading->unit.open);
	dwarf_end(reading->dwarf);
	dwarf_shared_close(&reading->shared);
	split_err = dwarf_splits_fini(&reading->splits);
	/* What has been read until then is right. */
	reading->unit.answers->fleeting |= err == DWARF_NO_MEMORY;
	if (err == DWARF_NO_MEMORY)
		err = source_tell(
			wish->source,
			"%s: there is not enough memory to read all its debug information",
			wish->path);
	return err ? err : split_err;
}

/*
 * An end that lies beyond the next address has limited only that one: where two go for each other's
 * address they are the same, and so are their ends.
 */
static void share_limits(struct dwarf_answers *answers)
{
	struct dwarf_answer *all = answers->answers;

	for (size_t i = 1; i < answers->count; i++)
		if (all[i].first <= all[i - 1].addr)
			dwarf_answer_limit(&all[i], all[i - 1].first, UINT64_MAX);
	for (size_t i = answers->count; i-- > 1;)
		if (all[i - 1].last >= all[i].addr)
			dwarf_answer_limit(&all[i - 1], 0, all[i].last);
}

int dwarf_answers_read(struct dwarf_answers *answers, const struct elf_file *file,
		       const struct dwarf_wish *wish, struct frame_store *store, uint64_t *addrs,
		       size_t count)
{
	struct reading reading = {
		.unit = {.answers = answers, .wish = wish, .store = store},
		.file = file,
	};
	int err;

	err = dwarf_image_open(&reading.image, file, size_mul(count, BYTES_PER_ADDR));
	if (err <= 0)
		return err;
	reading.unit.image = &reading.image;
	reading.unit.steps = size_add(size_mul(count, STEPS_PER_ADDR),
				      size_add(2 * reading.image.debug_bytes, STEPS_AT_LEAST));
	err = make_room(answers, addrs, count);
	if (!err)
		err = read_image(&reading);
	share_limits(answers);
	free(reading.unit.spans);
	dwarf_image_close(&reading.image);
	return err;
}
