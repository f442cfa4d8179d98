// SPDX-License-Identifier: GPL-2.0-or-later
/* Ids of texts, functions, mappings and locations; see pprof_code.h. */
#include "render/pprof_code.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/markers.h"
#include "profiler/model/pprof_format.h"

/* The ranges of what has none: a file each, and the kernel's half of all addresses. */
#define FILE_RANGE   (1ULL << 40)
#define KERNEL_START (1ULL << 63)

#define NAME_MAX_BYTES 512

int pprof_code_init(struct pprof_code_table *table, const struct profile *profile,
		    struct symbols *symbols)
{
	size_t places = size_add(profile->nr_locations, symbols->nr_frames);
	int64_t none;

	*table = (struct pprof_code_table){
		.profile = profile,
		.symbols = symbols,
		.functions.record_bytes = 4 * sizeof(uint32_t),
		.mapping_keys.record_bytes = sizeof(uint32_t),
		.locations.record_bytes = sizeof(uint32_t),
	};
	table->location_ids = calloc(places + 1, sizeof(*table->location_ids));
	return table->location_ids ? pprof_string(table, STRING_NONE, &none) : -ENOMEM;
}

void pprof_code_fini(struct pprof_code_table *table)
{
	free(table->string_numbers);
	free(table->strings);
	free(table->mapped);
	free(table->location_ids);
	free(table->record);
	free(table->lines);
	free(table->line_pointers);
	list_table_fini(&table->functions);
	list_table_fini(&table->mapping_keys);
	list_table_fini(&table->locations);
}

/* ---- texts ---- */

int pprof_string(struct pprof_code_table *table, uint32_t id, int64_t *ret_number)
{
	int err = 0;

	if (id >= table->nr_known) {
		size_t all = strings_count(table->profile->strings);

		err = ARRAY_RESERVE(table->string_numbers, table->cap_known, all);
		if (err)
			return err;
		memset(table->string_numbers + table->nr_known, 0,
		       (all - table->nr_known) * sizeof(*table->string_numbers));
		table->nr_known = all;
	}
	if (!table->string_numbers[id]) {
		err = ARRAY_RESERVE(table->strings, table->cap_strings, table->nr_strings + 1);
		if (err)
			return err;
		table->strings[table->nr_strings++] = id;
		table->string_numbers[id] = (uint32_t)table->nr_strings;
	}
	*ret_number = table->string_numbers[id] - 1;
	return 0;
}

int pprof_string_z(struct pprof_code_table *table, const char *text, int64_t *ret_number)
{
	uint32_t id;
	int err = strings_intern_z(table->profile->strings, text, &id);

	return err ? err : pprof_string(table, id, ret_number);
}

/* ---- functions ---- */

/* What the linker calls a function is what the file said, if it is from one, else like itself. */
static int function_id(struct pprof_code_table *table, const struct tree_frame *frame,
		       const struct source_place *place, bool given, uint32_t *ret_id)
{
	uint32_t name = place->function ? place->function : frame->name;
	uint32_t key[] = {name, place->linked || given ? place->linked : name, place->file,
			  place->start_line};

	return list_table_intern(&table->functions, key, 1, ret_id);
}

/* ---- mappings ---- */

static uint64_t range_start(const struct pprof_code_table *table, enum mapping_type type)
{
	switch (type) {
	case MAPPING_KERNEL:
		return KERNEL_START;
	case MAPPING_JIT:
		return 0;
	default:
		return table->nr_mapped * FILE_RANGE;
	}
}

/* The mapping in the file of one of the profile's (plus 1, or 0) that is called so. */
static int mapped_id(struct pprof_code_table *table, uint32_t mapping, uint32_t name, bool given,
		     uint32_t *ret_id)
{
	uint32_t key[] = {mapping, name};
	int err = list_table_intern(&table->mapping_keys, key, 2, ret_id);

	if (err || *ret_id <= table->nr_mapped)
		return err;
	err = ARRAY_RESERVE(table->mapped, table->cap_mapped, *ret_id);
	if (err)
		return err;
	table->nr_mapped = *ret_id;
	table->mapped[*ret_id - 1] = (struct pprof_mapped){
		.mapping = mapping,
		.name = name,
		.given = given,
		.start = mapping && !given
				 ? range_start(table, table->profile->mappings[mapping - 1].type)
				 : 0,
	};
	return 0;
}

static int intern_code_name(struct pprof_code_table *table, enum frame_kind kind, uint32_t module,
			    uint32_t *ret_name)
{
	char name[NAME_MAX_BYTES];

	pprof_code_name(kind, strings_text(table->profile->strings, module), name, sizeof(name));
	return strings_intern_z(table->profile->strings, name, ret_name);
}

/* Whether the name of a frame says what kind it is. */
static bool name_tells(const char *name, size_t len, enum frame_kind kind)
{
	if (name[0] != '[')
		return false;
	if (marker_is_start(name, len))
		return kind == FRAME_UNNAMED;
	return name[len - 1] == ']' && marker_kind(name, len) == kind;
}

/* The mapping that says which kind of frame it is, and of which file, where there is no address. */
static int frame_mapped(struct pprof_code_table *table, const struct tree_frame *frame,
			uint32_t *ret_id)
{
	struct strings *strings = table->profile->strings;
	const char *module = strings_text(strings, frame->module);
	enum frame_kind kind = (enum frame_kind)frame->kind;
	uint32_t name = frame->module;
	struct pprof_code code;
	int err = 0;

	*ret_id = 0;
	if (!*module && (kind == FRAME_USER || name_tells(strings_text(strings, frame->name),
							  strings_len(strings, frame->name), kind)))
		return 0;
	pprof_code_parse(module, strings_len(strings, frame->module), &code);
	if (!*module || code.type == MAPPING_KERNEL || code.kind != kind ||
	    code.module_len != strings_len(strings, frame->module))
		err = intern_code_name(table, kind, frame->module, &name);
	return err ? err : mapped_id(table, 0, name, true, ret_id);
}

/* Of an address that was captured: files by their path, other code by what it is. */
static int address_mapped(struct pprof_code_table *table, uint32_t mapping,
			  const struct tree_frame *outermost, uint32_t *ret_id)
{
	const struct mapping *from = &table->profile->mappings[mapping];
	enum frame_kind kind = (enum frame_kind)outermost->kind;
	uint32_t name = from->path;
	bool is_module = strcmp(strings_text(table->profile->strings, outermost->module),
				PPROF_KERNEL_MODULE) != 0;
	int err = 0;

	if (from->type == MAPPING_KERNEL)
		err = intern_code_name(table, FRAME_KERNEL,
				       is_module ? outermost->module : STRING_NONE, &name);
	else if (from->type == MAPPING_JIT)
		err = intern_code_name(table, kind == FRAME_UNNAMED ? FRAME_JIT : kind,
				       outermost->module, &name);
	return err ? err : mapped_id(table, mapping + 1, name, false, ret_id);
}

/* ---- locations ---- */

/* An address of the profile as the file has it. */
static uint64_t address_of(const struct pprof_code_table *table, uint32_t mapping_id, uint64_t addr)
{
	const struct pprof_mapped *mapped = &table->mapped[mapping_id - 1];
	const struct mapping *from = &table->profile->mappings[mapped->mapping - 1];

	if (from->type == MAPPING_KERNEL || from->type == MAPPING_JIT)
		return addr;
	if (!mapped->given)
		return addr + mapped->start;
	return addr + from->start - (from->type == MAPPING_FILE ? from->off : 0);
}

/* Nothing but the file of an address is known: the reader makes the same frame of it. */
static bool is_only_address(const struct pprof_code_table *table, const struct location *location,
			    const struct tree_frame *frame)
{
	const char *name = strings_text(table->profile->strings, frame->name);

	return frame->kind == FRAME_UNNAMED &&
	       (location->mapping != MAPPING_NONE || location->addr) &&
	       !marker_is_start(name, strings_len(table->profile->strings, frame->name));
}

static void put_line(struct pprof_code_table *table, size_t at, uint32_t function,
		     const struct source_place *place)
{
	struct pprof_line line = {function, place->line, place->column};

	memcpy(table->record + HEAD_WORDS + at * LINE_WORDS, &line, sizeof(line));
}

static int put_lines(struct pprof_code_table *table, struct symbol_span span, bool given)
{
	const struct symbols *symbols = table->symbols;
	int err = 0;

	for (uint32_t i = 0; i < span.count && !err; i++) {
		uint32_t entry = span.first + i, function;
		struct source_place place = symbols_place(symbols, entry);

		err = function_id(table, &symbols->frames[symbols->frame_list[entry]], &place,
				  given, &function);
		if (!err)
			put_line(table, i, function, &place);
	}
	return err;
}

/* What the mapping of a location can say that its functions have. */
static void note_contents(struct pprof_code_table *table, uint32_t mapping_id, uint64_t addr,
			  struct symbol_span span)
{
	struct pprof_mapped *mapped = mapping_id ? &table->mapped[mapping_id - 1] : NULL;

	if (!mapped)
		return;
	if (addr > mapped->last)
		mapped->last = addr;
	mapped->has_functions |= span.count > 0;
	mapped->has_inlined |= span.count > 1;
	for (uint32_t i = 0; i < span.count; i++) {
		struct source_place place = symbols_place(table->symbols, span.first + i);

		mapped->has_filenames |= place.file != STRING_NONE;
		mapped->has_lines |= place.line != 0;
	}
}

/* The head and `count` lines that are in the record; which of a profile from a file are there once. */
static int enter_location(struct pprof_code_table *table, uint32_t mapping_id, uint64_t addr,
			  size_t count, bool given, uint32_t *ret_id)
{
	struct pprof_location_head head = {mapping_id, (uint32_t)addr, (uint32_t)(addr >> 32)};
	size_t words = HEAD_WORDS + count * LINE_WORDS;

	memcpy(table->record, &head, sizeof(head));
	if (given)
		return list_table_append(&table->locations, table->record, words, ret_id);
	return list_table_intern(&table->locations, table->record, words, ret_id);
}

static int reserve_record(struct pprof_code_table *table, size_t lines)
{
	return ARRAY_RESERVE(table->record, table->cap_record,
			     size_add(HEAD_WORDS, size_mul(lines, LINE_WORDS)));
}

static int add_location(struct pprof_code_table *table, uint32_t place, uint32_t *ret_id)
{
	const struct location *location = &table->profile->locations[place];
	const struct symbols *symbols = table->symbols;
	struct symbol_span span = symbols->spans[place];
	const struct tree_frame *outermost = &symbols->frames[symbols->frame_list[span.first]];
	uint32_t mapping_id = 0;
	uint64_t addr = location->addr;
	int err = reserve_record(table, span.count);

	if (!err && location->mapping != MAPPING_NONE && location->given)
		err = mapped_id(table, location->mapping + 1,
				table->profile->mappings[location->mapping].path, true,
				&mapping_id);
	else if (!err && location->mapping != MAPPING_NONE)
		err = address_mapped(table, location->mapping, outermost, &mapping_id);
	else if (!err && (!location->given || !addr)) /* a format without addresses may have given it */
		err = frame_mapped(table, outermost, &mapping_id);
	if (!err && location->mapping != MAPPING_NONE)
		addr = address_of(table, mapping_id, addr);
	if (!err && is_only_address(table, location, outermost))
		span.count = 0;
	if (!err)
		err = put_lines(table, span, location->given != LIST_EMPTY);
	if (err)
		return err;
	note_contents(table, mapping_id, addr, span);
	return enter_location(table, mapping_id, addr, span.count, location->given != LIST_EMPTY,
			      ret_id);
}

/* What stands above a stack: a function without an address. */
static int add_frame(struct pprof_code_table *table, uint32_t frame_id, uint32_t *ret_id)
{
	const struct tree_frame *frame = &table->symbols->frames[frame_id];
	const struct source_place nowhere = {0};
	uint32_t mapping_id, function;
	int err = reserve_record(table, 1);

	if (!err)
		err = frame_mapped(table, frame, &mapping_id);
	if (!err)
		err = function_id(table, frame, &nowhere, false, &function);
	if (err)
		return err;
	put_line(table, 0, function, &nowhere);
	if (mapping_id)
		table->mapped[mapping_id - 1].has_functions = true;
	return enter_location(table, mapping_id, 0, 1, false, ret_id);
}

int pprof_location(struct pprof_code_table *table, uint32_t place, uint32_t *ret_id)
{
	size_t nr_locations = table->profile->nr_locations;
	int err = 0;

	if (!table->location_ids[place]) {
		if (place < nr_locations)
			err = add_location(table, place, &table->location_ids[place]);
		else
			err = add_frame(table, (uint32_t)(place - nr_locations),
					&table->location_ids[place]);
	}
	*ret_id = table->location_ids[place];
	return err;
}
