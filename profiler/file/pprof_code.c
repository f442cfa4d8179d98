// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mappings, functions and locations of a pprof profile; see pprof_reader.h.
 * Locations become places with an address, a mapping and given frames. Where the
 * file has no names for one, its frame is the file that it is in.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/file/pprof_reader.h"
#include "profiler/model/alloc.h"
#include "profiler/model/hash.h"
#include "profiler/model/markers.h"

/* Walks over the messages of one field. */
typedef int pprof_use(struct pprof_reader *r, const void *message);

static int each(struct pprof_reader *r, enum pprof_field field,
		const ProtobufCMessageDescriptor *type, pprof_use *use)
{
	struct part part;
	int err = 0;

	for (parts_begin(&r->parts); !err && parts_next(&r->parts, &part);) {
		const void *message =
			part.field == field ? parts_unpack(&r->parts, &part, type) : NULL;

		if (message)
			err = use(r, message);
	}
	return err;
}

/* ---- mappings ---- */

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Of digits; of anything else, as Go has build ids of its own, nothing is kept. False then. */
static bool parse_build_id(struct strings_piece text, struct mapping *mapping)
{
	if (text.len % 2 || text.len / 2 > BUILD_ID_MAX)
		return false;
	for (size_t i = 0; i < text.len; i += 2) {
		int high = hex_value(text.text[i]), low = hex_value(text.text[i + 1]);

		if (high < 0 || low < 0)
			return false;
		mapping->build_id[i / 2] = (uint8_t)(high << 4 | low);
	}
	mapping->build_id_len = (uint8_t)(text.len / 2);
	return true;
}

/* A mapping of another file that was read may be the same. */
static bool mapping_equal(const struct mapping *a, const struct mapping *b)
{
	return a->type == b->type && a->path == b->path && a->build_name == b->build_name &&
	       a->build_id_len == b->build_id_len &&
	       !memcmp(a->build_id, b->build_id, a->build_id_len) && a->start == b->start &&
	       a->end == b->end && a->off == b->off;
}

static uint32_t mapping_hash(const struct mapping *mapping)
{
	return hash_u64s((uint64_t)mapping->path << 32 | (uint32_t)mapping->off,
			 mapping->start ^ mapping->end << 1);
}

/* Those of the files before. */
static int index_mappings(struct pprof_reader *r)
{
	int err = 0;

	for (size_t i = 0; i < r->profile->nr_mappings && !err; i++)
		err = index_insert(&r->mapping_index, mapping_hash(&r->profile->mappings[i]),
				   (uint32_t)i);
	return err;
}

static int enter_mapping(struct pprof_reader *r, const struct mapping *mapping, uint32_t *ret_id)
{
	struct index_probe at = index_probe(&r->mapping_index, mapping_hash(mapping));

	while (index_next(&r->mapping_index, &at)) {
		if (!mapping_equal(&r->profile->mappings[at.id], mapping))
			continue;
		*ret_id = at.id;
		return 0;
	}
	return profile_add_mapping(r->profile, mapping, ret_id);
}

/* Addresses are kept as the model has them: places in the file where it is one. */
static uint64_t address_moved(const struct mapping *mapping)
{
	switch (mapping->type) {
	case MAPPING_FILE:
		return mapping->off - mapping->start;
	case MAPPING_IMAGE:
		return -mapping->start;
	default:
		return 0;
	}
}

static int use_mapping(struct pprof_reader *r, const void *message)
{
	const Pprof__Mapping *from = message;
	struct strings_piece name = pprof_piece(r, from->filename);
	struct strings_piece build_id = pprof_piece(r, from->build_id);
	struct mapping mapping = {
		.source = UINT32_MAX,
		.start = from->memory_start,
		.end = from->memory_limit,
		.off = from->file_offset,
	};
	struct pprof_mapping own = {.nameless = !name.len};
	struct pprof_code code;
	int err = pprof_ids_add(r, &r->mapping_ids, from->id);

	pprof_code_parse(name.text, name.len, &code);
	mapping.type = code.type;
	own.kind = (uint8_t)code.kind;
	if (mapping.end < mapping.start)
		parts_refuse(&r->parts, "a mapping ends before it begins");
	if (!err)
		err = pprof_text(r, from->filename, &mapping.path);
	if (!err && !parse_build_id(build_id, &mapping))
		err = pprof_text(r, from->build_id, &mapping.build_name);
	own.assumed = code.kind == FRAME_KERNEL && code.module &&
		      (code.module < name.text || code.module >= name.text + name.len);
	if (!err && code.module)
		err = strings_intern(r->profile->strings, code.module, code.module_len,
				     &own.module);
	if (!err)
		err = enter_mapping(r, &mapping, &own.id);
	if (!err)
		err = ARRAY_RESERVE(r->mappings, r->cap_mappings, r->mapping_ids.count);
	if (err)
		return err;
	own.moved = address_moved(&mapping);
	r->mappings[r->mapping_ids.count - 1] = own;
	return 0;
}

/* ---- functions ---- */

static uint32_t line_number(int64_t line)
{
	return line > 0 && line <= UINT32_MAX ? (uint32_t)line : 0;
}

static int use_function(struct pprof_reader *r, const void *message)
{
	const Pprof__Function *from = message;
	struct pprof_function own = {.start_line = line_number(from->start_line)};
	int err = pprof_ids_add(r, &r->function_ids, from->id);

	if (!err)
		err = pprof_text(r, from->name, &own.name);
	if (!err)
		err = pprof_text(r, from->system_name, &own.linked);
	if (!err)
		err = pprof_text(r, from->filename, &own.file);
	if (!err)
		err = ARRAY_RESERVE(r->functions, r->cap_functions, r->function_ids.count);
	if (err)
		return err;
	if (own.name == STRING_NONE)
		own.name = own.linked;
	r->functions[r->function_ids.count - 1] = own;
	return 0;
}

/* ---- locations ---- */

#define LINES_ON_STACK 64

/* A location that has no names: the file, as of an address that the symbolizer found nothing for. */
static int name_unknown(struct pprof_reader *r, const struct pprof_mapping *mapping,
			struct given_frame *frame)
{
	const char *module = strings_text(r->profile->strings, mapping ? mapping->module : 0);
	char *name;
	int err;

	frame->kind = FRAME_UNNAMED;
	if (!mapping)
		return strings_intern_z(r->profile->strings, MARKER_UNKNOWN, &frame->name);
	if (!*module)
		module = "jit";
	if (asprintf(&name, *module == '[' ? "%s" : "[%s]", module) < 0)
		return -ENOMEM;
	err = strings_intern_z(r->profile->strings, name, &frame->name);
	free(name);
	return err;
}

static int give_line(struct pprof_reader *r, const Pprof__Line *line, bool inlined,
		     const struct pprof_mapping *mapping, struct given_frame *ret_frame)
{
	uint32_t place = pprof_ids_find(&r->function_ids, line->function_id);
	enum frame_kind kind = mapping ? (enum frame_kind)mapping->kind : FRAME_USER;
	const struct pprof_function *function;
	bool bracketed;

	*ret_frame = (struct given_frame){0};
	if (place == PPROF_NONE) {
		parts_refuse(&r->parts, "a line has a function that does not exist");
		return 0;
	}
	function = &r->functions[place];
	if (function->name == STRING_NONE)
		return name_unknown(r, mapping, ret_frame);
	bracketed = marker_is_bracketed(strings_text(r->profile->strings, function->name),
					strings_len(r->profile->strings, function->name), &kind);
	ret_frame->name = function->name;
	ret_frame->kind = inlined && !bracketed ? FRAME_INLINED : kind;
	ret_frame->place = (struct source_place){
		.linked = function->linked,
		.file = function->file,
		.line = line_number(line->line),
		.column = line_number(line->column),
		.start_line = function->start_line,
	};
	if (mapping && !bracketed)
		ret_frame->module = mapping->module;
	return 0;
}

/* Frames in the order of the model, the outermost first. */
static int give_lines(struct pprof_reader *r, const Pprof__Location *from,
		      const struct pprof_mapping *mapping, struct given_frame *frames)
{
	size_t count = from->n_line;
	int err = 0;

	if (!count)
		return name_unknown(r, mapping, frames);
	for (size_t i = 0; i < count && !err; i++)
		err = give_line(r, from->line[count - 1 - i], i > 0, mapping, &frames[i]);
	return err;
}

static int add_location(struct pprof_reader *r, const Pprof__Location *from,
			const struct pprof_mapping *mapping, struct given_frame *frames)
{
	int err = give_lines(r, from, mapping, frames);

	if (err || r->parts.wrong)
		return err;
	err = ARRAY_RESERVE(r->locations, r->cap_locations, r->location_ids.count);
	if (err)
		return err;
	return profile_add_given(r->profile, mapping ? mapping->id : MAPPING_NONE,
				 from->address + (mapping ? mapping->moved : 0), frames,
				 from->n_line ? from->n_line : 1,
				 &r->locations[r->location_ids.count - 1]);
}

static int use_location(struct pprof_reader *r, const void *message)
{
	const Pprof__Location *from = message;
	struct given_frame on_stack[LINES_ON_STACK], *frames = on_stack;
	uint32_t place = pprof_ids_find(&r->mapping_ids, from->mapping_id);
	struct pprof_mapping mapping = {0};
	int err = pprof_ids_add(r, &r->location_ids, from->id);

	if (from->mapping_id && place == PPROF_NONE)
		parts_refuse(&r->parts, "a location has a mapping that does not exist");
	if (place != PPROF_NONE)
		mapping = r->mappings[place];
	/* Without a file and an address nothing says that it was generated at run time. */
	if (mapping.nameless && !from->address)
		mapping.kind = FRAME_USER;
	if (mapping.assumed && !from->address)
		mapping.module = STRING_NONE;
	if (from->n_line > LINES_ON_STACK)
		frames = malloc(size_mul(from->n_line, sizeof(*frames)));
	if (!frames)
		return -ENOMEM;
	if (!err && !r->parts.wrong)
		err = add_location(r, from, place != PPROF_NONE ? &mapping : NULL, frames);
	if (frames != on_stack)
		free(frames);
	return err;
}

int pprof_read_code(struct pprof_reader *r)
{
	int err = index_mappings(r);

	if (!err)
		err = each(r, PPROF_MAPPING, &pprof__mapping__descriptor, use_mapping);
	if (!err && !r->parts.wrong)
		err = each(r, PPROF_FUNCTION, &pprof__function__descriptor, use_function);
	if (!err && !r->parts.wrong)
		err = each(r, PPROF_LOCATION, &pprof__location__descriptor, use_location);
	return err;
}
