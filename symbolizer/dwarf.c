// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From addresses to units, and from units to answers; see dwarf.h.
 *
 * What a unit says is read in dwarf_inlines.c and dwarf_lines.c.
 */
#include "symbolizer/dwarf.h"

#include <dwarf.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "profiler/model/search.h"
#include "symbolizer/dwarf_image.h"
#include "symbolizer/dwarf_shared.h"
#include "symbolizer/dwarf_unit.h"

/* Per address: it may be in some tens of nested functions, each in pieces. */
#define STEPS_PER_ADDR 4096

/* For any file: what is split from it is not in its size. A step takes up to 0.1 us. */
#define STEPS_AT_LEAST (1ULL << 25)

/* libdw keeps a kilobyte of each that it has seen; the largest programs have a tenth. */
#define MAX_UNITS (1U << 19)

/*
 * libdw gives nothing back before the end, and keeps ten times as much as a line number program has.
 * After so many bytes of them it is ended, and begun again behind the units that have been read.
 */
#define MAX_KEPT_LINE_BYTES (1ULL << 20)

/* ---- the answers ----------------------------------------------------------------------------- */

static int by_number(const void *a_, const void *b_)
{
	const uint64_t *a = a_, *b = b_;

	return (*a > *b) - (*a < *b);
}

static int make_room(struct dwarf_answers *answers, uint64_t *addrs, size_t count)
{
	qsort(addrs, count, sizeof(*addrs), by_number);
	answers->answers = malloc(size_mul(count, sizeof(*answers->answers)));
	if (!answers->answers)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (i && addrs[i] == addrs[i - 1])
			continue;
		answers->answers[answers->count++] = (struct dwarf_answer){
			.addr = addrs[i],
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
		struct dwarf_span span = dwarf_unit_span(unit, low, high);

		if (span.first == span.end)
			continue;
		if (!dwarf_unit_may(unit, span.end - span.first))
			break;
		if (ARRAY_RESERVE(unit->spans, unit->cap_spans, unit->nr_spans + 1))
			return -ENOMEM;
		unit->spans[unit->nr_spans++] = span;
	}
	return 0;
}

static void end_spans(struct dwarf_unit *unit)
{
	for (size_t s = 0; s < unit->nr_spans; s++)
		for (size_t i = unit->spans[s].first; i < unit->spans[s].end; i++)
			unit->answers->answers[i].done = true;
}

static const char *text_of(Dwarf_Die *die, unsigned int name)
{
	Dwarf_Attribute attr;

	return dwarf_attr(die, name, &attr) ? dwarf_formstring(&attr) : NULL;
}

/*
 * Whether libdw, which opens the file with the rest of a skeleton unit by itself, will meet a
 * regular file there: opening anything else may block. It believes only one that has the unit's id.
 */
static bool split_is_regular(Dwarf_Die *skeleton)
{
	const char *name = text_of(skeleton, DW_AT_dwo_name);
	const char *folder = text_of(skeleton, DW_AT_comp_dir);
	char path[PATH_MAX];
	struct stat st;
	int len;

	if (!name)
		name = text_of(skeleton, DW_AT_GNU_dwo_name);
	if (!name)
		return false;
	len = name[0] == '/' || !folder ? snprintf(path, sizeof(path), "%s", name)
					: snprintf(path, sizeof(path), "%s/%s", folder, name);
	return len > 0 && (size_t)len < sizeof(path) && !stat(path, &st) && S_ISREG(st.st_mode);
}

static void find_split(struct dwarf_unit *unit, Dwarf_CU *cu, uint8_t type)
{
	Dwarf_Die split;

	unit->split = unit->die;
	if (type == DW_UT_skeleton && split_is_regular(&unit->die) &&
	    !dwarf_cu_info(cu, NULL, NULL, NULL, &split, NULL, NULL, NULL) && split.addr)
		unit->split = split;
}

static int read_unit(struct dwarf_unit *unit, Dwarf_CU *cu, uint8_t type)
{
	int err = find_spans(unit);

	if (err || !unit->nr_spans)
		return err;
	find_split(unit, cu, type);
	err = dwarf_inlines_read(unit);
	if (!err && unit->wish->lines)
		err = dwarf_lines_read(unit);
	end_spans(unit);
	return err;
}

/* Reads units after the first *at, and counts them there; 1 when there may be more. */
static int read_units(struct dwarf_unit *unit, Dwarf *dwarf, size_t *at)
{
	Dwarf_CU *cu = NULL;
	uint8_t type;
	int err = 0;

	unit->path = NULL;
	unit->line_bytes = 0;
	for (size_t i = 0; i < MAX_UNITS && !err; i++) {
		if (dwarf_get_units(dwarf, cu, &cu, NULL, &type, &unit->die, NULL))
			return 0;
		if (i < *at)
			continue;
		*at = i + 1;
		if (type == DW_UT_compile || type == DW_UT_skeleton)
			err = read_unit(unit, cu, type);
		if (!err && unit->line_bytes > MAX_KEPT_LINE_BYTES)
			return 1;
	}
	return err;
}

/* ---- files ----------------------------------------------------------------------------------- */

static int read_image(struct dwarf_unit *unit, struct dwarf_image *image,
		      const struct elf_file *file)
{
	struct dwarf_shared shared = {.file.fd = -1};
	bool first = true;
	size_t at = 0;
	int more = 1;

	while (more > 0) {
		Dwarf *dwarf = dwarf_image_begin(image);

		if (!dwarf)
			break;
		more = 0;
		if (first)
			more = dwarf_shared_open(&shared, dwarf, file, unit->wish);
		else if (shared.dwarf)
			dwarf_setalt(dwarf, shared.dwarf);
		first = false;
		if (!more)
			more = read_units(unit, dwarf, &at);
		dwarf_end(dwarf);
	}
	dwarf_shared_close(&shared);
	return more < 0 ? more : 0;
}

int dwarf_answers_read(struct dwarf_answers *answers, const struct elf_file *file,
		       const struct dwarf_wish *wish, struct frame_store *store, uint64_t *addrs,
		       size_t count)
{
	struct dwarf_unit unit = {.answers = answers, .wish = wish, .store = store};
	struct dwarf_image image;
	int err;

	err = dwarf_image_open(&image, file);
	if (err <= 0)
		return err;
	unit.image = &image;
	unit.steps = size_add(size_mul(count, STEPS_PER_ADDR),
			      size_add(2 * image.debug_bytes, STEPS_AT_LEAST));
	err = make_room(answers, addrs, count);
	if (!err)
		err = read_image(&unit, &image, file);
	free(unit.spans);
	dwarf_image_close(&image);
	return err;
}
