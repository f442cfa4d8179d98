// SPDX-License-Identifier: GPL-2.0-or-later
/* Mappings, locations, functions and texts as messages; see pprof_code.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "render/pprof_code.h"

/* Where the range of generated code ends, which is no file's. */
#define JIT_LIMIT (1ULL << 47)

static int write_locations(struct pprof_code_table *table, struct pprof_out *out)
{
	for (uint32_t id = 1; id <= table->locations.nr_lists; id++) {
		size_t words;
		const uint32_t *record = list_table_get(&table->locations, id, &words);
		size_t count = (words - HEAD_WORDS) / LINE_WORDS;
		Pprof__Location location = PPROF__LOCATION__INIT;
		struct pprof_location_head head;

		memcpy(&head, record, sizeof(head));
		if (ARRAY_RESERVE(table->lines, table->cap_lines, count) ||
		    ARRAY_RESERVE(table->line_pointers, table->cap_pointers, count))
			return -ENOMEM;
		for (size_t i = 0; i < count; i++) {
			struct pprof_line line;

			/* The innermost first. */
			memcpy(&line, record + HEAD_WORDS + (count - 1 - i) * LINE_WORDS,
			       sizeof(line));
			pprof__line__init(&table->lines[i]);
			table->lines[i].function_id = line.function;
			table->lines[i].line = line.line;
			table->lines[i].column = line.column;
			table->line_pointers[i] = &table->lines[i];
		}
		location.id = id;
		location.mapping_id = head.mapping;
		location.address = (uint64_t)head.addr_high << 32 | head.addr_low;
		location.n_line = count;
		location.line = table->line_pointers;
		pprof_out_message(out, PPROF_LOCATION, &location.base);
	}
	return 0;
}

static int write_functions(struct pprof_code_table *table, struct pprof_out *out)
{
	int err = 0;

	for (uint32_t id = 1; id <= table->functions.nr_lists && !err; id++) {
		size_t count;
		const uint32_t *key = list_table_get(&table->functions, id, &count);
		Pprof__Function function = PPROF__FUNCTION__INIT;

		function.id = id;
		function.start_line = key[3];
		err = pprof_string(table, key[0], &function.name);
		if (!err)
			err = pprof_string(table, key[1], &function.system_name);
		if (!err)
			err = pprof_string(table, key[2], &function.filename);
		pprof_out_message(out, PPROF_FUNCTION, &function.base);
	}
	return err;
}

static int build_id_string(struct pprof_code_table *table, const struct mapping *mapping,
			   int64_t *ret_number)
{
	char digits[2 * BUILD_ID_MAX + 1] = "";

	if (!mapping->build_id_len)
		return pprof_string(table, mapping->build_name, ret_number);
	for (size_t i = 0; i < mapping->build_id_len; i++)
		snprintf(digits + 2 * i, 3, "%02x", mapping->build_id[i]);
	return pprof_string_z(table, digits, ret_number);
}

#define PAGE_BYTES 4096

static void set_range(const struct pprof_code_table *table, const struct pprof_mapped *mapped,
		      Pprof__Mapping *to)
{
	const struct mapping *from = &table->profile->mappings[mapped->mapping - 1];

	if (mapped->given) {
		to->memory_start = from->start;
		to->memory_limit = from->end;
		to->file_offset = from->off;
		return;
	}
	to->memory_start = mapped->start;
	if (from->type == MAPPING_KERNEL)
		to->memory_limit = UINT64_MAX;
	else if (from->type == MAPPING_JIT)
		to->memory_limit = JIT_LIMIT;
	else
		to->memory_limit = (mapped->last / PAGE_BYTES + 1) * PAGE_BYTES;
}

static int write_mapping(struct pprof_code_table *table, uint32_t id, struct pprof_out *out)
{
	const struct pprof_mapped *mapped = &table->mapped[id - 1];
	Pprof__Mapping mapping = PPROF__MAPPING__INIT;
	int err = pprof_string(table, mapped->name, &mapping.filename);

	mapping.id = id;
	mapping.has_functions = mapped->has_functions;
	mapping.has_filenames = mapped->has_filenames;
	mapping.has_line_numbers = mapped->has_lines;
	mapping.has_inline_frames = mapped->has_inlined;
	if (mapped->mapping) {
		set_range(table, mapped, &mapping);
		if (!err)
			err = build_id_string(table, &table->profile->mappings[mapped->mapping - 1],
					      &mapping.build_id);
	}
	pprof_out_message(out, PPROF_MAPPING, &mapping.base);
	return err;
}

/* Whether it may be what pprof calls the main binary, for which it takes the first. */
static bool is_program(const struct pprof_code_table *table, const struct pprof_mapped *mapped)
{
	struct pprof_code code;

	if (!mapped->mapping ||
	    (mapped->given && !table->profile->mappings[mapped->mapping - 1].end))
		return false;
	pprof_code_parse(strings_text(table->profile->strings, mapped->name),
			 strings_len(table->profile->strings, mapped->name), &code);
	return code.type == MAPPING_FILE && code.kind == FRAME_USER;
}

static int write_mappings(struct pprof_code_table *table, struct pprof_out *out)
{
	int err = 0;

	for (int turn = 0; turn < 2; turn++) {
		for (uint32_t id = 1; id <= table->nr_mapped && !err; id++) {
			if (is_program(table, &table->mapped[id - 1]) == !turn)
				err = write_mapping(table, id, out);
		}
	}
	return err;
}

int pprof_code_write(struct pprof_code_table *table, struct pprof_out *out)
{
	int err = write_mappings(table, out);

	if (!err)
		err = write_locations(table, out);
	return err ? err : write_functions(table, out);
}

void pprof_strings_write(const struct pprof_code_table *table, struct pprof_out *out)
{
	for (size_t i = 0; i < table->nr_strings; i++)
		pprof_out_text(out, PPROF_STRING,
			       strings_text(table->profile->strings, table->strings[i]),
			       strings_len(table->profile->strings, table->strings[i]));
}
