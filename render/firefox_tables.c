// SPDX-License-Identifier: GPL-2.0-or-later
/* Libraries, and the tables of a thread; see firefox_tables.h. */
#include "render/firefox_tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"

#define RESOURCE_LIBRARY 1 /* of the format's kinds of resources */

/* ---- libraries and functions ---- */

static bool is_file(const struct profile *profile, uint32_t mapping)
{
	enum mapping_type type;

	if (!mapping)
		return false;
	type = profile->mappings[mapping - 1].type;
	return (type == MAPPING_FILE || type == MAPPING_IMAGE) &&
	       profile->mappings[mapping - 1].path != STRING_NONE;
}

/* The file of a frame, or whatever else its module is; 0 for none. */
static int find_lib(struct firefox_code *code, const struct listed_frame *frame, uint32_t *ret_lib)
{
	const struct profile *profile = code->listing->profile;
	uint32_t module = code->listing->symbols->frames[frame->frame].module;
	struct firefox_lib lib = {.name = module, .path = module};
	const char *path, *slash;
	int err = 0;

	*ret_lib = 0;
	if (is_file(profile, frame->mapping)) {
		lib.mapping = frame->mapping;
		lib.path = profile->mappings[frame->mapping - 1].path;
		path = strings_text(profile->strings, lib.path);
		slash = strrchr(path, '/');
		err = strings_intern_z(profile->strings, slash && slash[1] ? slash + 1 : path,
				       &lib.name);
	}
	if (err || lib.name == STRING_NONE)
		return err;
	return list_table_intern(&code->libs, &lib, 1, ret_lib);
}

static int enter_function(struct firefox_code *code, uint32_t id)
{
	const struct listed_frame *frame = listed_frame(code->listing, id);
	struct firefox_function function = {
		.frame = frame->frame,
		.file = frame->file,
		.start_line = frame->start_line,
	};
	int err = find_lib(code, frame, &function.lib);

	return err ? err
		   : list_table_intern(&code->functions, &function, 1, &code->function_of[id]);
}

int firefox_code_init(struct firefox_code *code, const struct listing *listing)
{
	int err = 0;

	*code = (struct firefox_code){
		.listing = listing,
		.libs.record_bytes = sizeof(struct firefox_lib),
		.functions.record_bytes = sizeof(struct firefox_function),
	};
	code->function_of = calloc(listing->frames.nr_lists + 1, sizeof(*code->function_of));
	if (!code->function_of)
		return -ENOMEM;
	for (size_t i = 0; i < listing->frames.nr_lists && !err; i++)
		err = enter_function(code, listing->by_rank[i]);
	return err;
}

void firefox_code_fini(struct firefox_code *code)
{
	list_table_fini(&code->libs);
	list_table_fini(&code->functions);
	free(code->function_of);
}

static const void *record(const struct list_table *table, uint32_t id)
{
	size_t count;

	return list_table_get(table, id, &count);
}

/*
 * As Breakpad has it of an ELF file: 16 bytes of the build id as a GUID, whose first parts are
 * numbers in the machine's order, and an age of 0.
 */
static void debug_id(const struct mapping *mapping, char text[34])
{
	static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
	uint8_t bytes[16] = {0};
	size_t len = mapping->build_id_len < 16 ? mapping->build_id_len : 16;

	memcpy(bytes, mapping->build_id, len);
	for (size_t i = 0; i < 16; i++)
		snprintf(text + 2 * i, 3, "%02X", bytes[order[i]]);
	strcpy(text + 32, "0");
}

static void put_ids(struct json_out *json, const struct mapping *mapping)
{
	char debug[34], code[2 * BUILD_ID_MAX + 1];

	if (!mapping || !mapping->build_id_len) {
		json_out_text_z(json, "breakpadId", "");
		json_out_null(json, "codeId");
		return;
	}
	debug_id(mapping, debug);
	for (size_t i = 0; i < mapping->build_id_len; i++)
		snprintf(code + 2 * i, 3, "%02x", mapping->build_id[i]);
	json_out_text_z(json, "breakpadId", debug);
	json_out_text_z(json, "codeId", code);
}

static void put_string(struct json_out *json, const char *key, const struct firefox_code *code,
		       uint32_t id)
{
	const struct strings *strings = code->listing->profile->strings;

	json_out_text(json, key, strings_text(strings, id), strings_len(strings, id));
}

void firefox_put_libs(struct json_out *json, const struct firefox_code *code)
{
	json_out_line(json);
	json_out_begin(json, "libs", '[');
	for (uint32_t id = 1; id <= code->libs.nr_lists; id++) {
		const struct firefox_lib *lib = record(&code->libs, id);

		json_out_line(json);
		json_out_begin(json, NULL, '{');
		json_out_text_z(json, "arch", "");
		put_string(json, "name", code, lib->name);
		put_string(json, "path", code, lib->path);
		put_string(json, "debugName", code, lib->name);
		put_string(json, "debugPath", code, lib->path);
		put_ids(json, lib->mapping ? &code->listing->profile->mappings[lib->mapping - 1]
					   : NULL);
		json_out_end(json, '}');
	}
	json_out_end(json, ']');
}

/* ---- what a thread has ---- */

static int numbers_init(struct firefox_numbers *numbers, size_t room)
{
	*numbers = (struct firefox_numbers){.room = room};
	numbers->number = calloc(room, sizeof(*numbers->number));
	numbers->ids = malloc(size_mul(room, sizeof(*numbers->ids)));
	return numbers->number && numbers->ids ? 0 : -ENOMEM;
}

static void numbers_fini(struct firefox_numbers *numbers)
{
	free(numbers->number);
	free(numbers->ids);
}

/* False when it was there already. */
static bool numbers_add(struct firefox_numbers *numbers, uint32_t id)
{
	if (numbers->number[id])
		return false;
	numbers->ids[numbers->count++] = id;
	numbers->number[id] = (uint32_t)numbers->count;
	return true;
}

static uint32_t number_of(const struct firefox_numbers *numbers, uint32_t id)
{
	return numbers->number[id] - 1;
}

static void numbers_empty(struct firefox_numbers *numbers)
{
	while (numbers->count)
		numbers->number[numbers->ids[--numbers->count]] = 0;
}

int firefox_tables_init(struct firefox_tables *tables, const struct firefox_code *code)
{
	const struct listing *listing = code->listing;
	int err;

	*tables = (struct firefox_tables){.code = code};
	err = numbers_init(&tables->stacks, listing->stacks.count + 1);
	if (!err)
		err = numbers_init(&tables->frames, listing->frames.nr_lists + 1);
	if (!err)
		err = numbers_init(&tables->functions, code->functions.nr_lists + 1);
	if (!err)
		err = numbers_init(&tables->libs, code->libs.nr_lists + 1);
	return err ? err : numbers_init(&tables->strings, strings_count(listing->profile->strings));
}

void firefox_tables_fini(struct firefox_tables *tables)
{
	numbers_fini(&tables->stacks);
	numbers_fini(&tables->frames);
	numbers_fini(&tables->functions);
	numbers_fini(&tables->libs);
	numbers_fini(&tables->strings);
}

static const struct firefox_function *function_at(const struct firefox_tables *tables, uint32_t id)
{
	return record(&tables->code->functions, id);
}

static const struct firefox_lib *lib_at(const struct firefox_tables *tables, uint32_t id)
{
	return record(&tables->code->libs, id);
}

static const struct tree_frame *shown(const struct firefox_tables *tables, uint32_t frame)
{
	return &tables->code->listing->symbols->frames[frame];
}

static void enter_frame(struct firefox_tables *tables, uint32_t id)
{
	uint32_t function_id = tables->code->function_of[id];
	const struct firefox_function *function = function_at(tables, function_id);

	if (!numbers_add(&tables->frames, id) || !numbers_add(&tables->functions, function_id))
		return;
	numbers_add(&tables->strings, shown(tables, function->frame)->name);
	if (function->file != STRING_NONE)
		numbers_add(&tables->strings, function->file);
	if (!function->lib)
		return;
	numbers_add(&tables->libs, function->lib);
	numbers_add(&tables->strings, lib_at(tables, function->lib)->name);
}

/*
 * Callers stand before those they called. Rows come in the order of a walk over the tree, so that few
 * of a stack's callers are missing; they are found from the stack on, and entered the other way round.
 */
int64_t firefox_enter_stack(struct firefox_tables *tables, uint32_t stack)
{
	const struct stack_table *stacks = &tables->code->listing->stacks;
	size_t first = tables->stacks.count;

	if (stack == STACK_EMPTY)
		return -1;
	for (uint32_t s = stack; s != STACK_EMPTY && numbers_add(&tables->stacks, s);
	     s = stack_callers(stacks, s))
		enter_frame(tables, stack_leaf(stacks, s));
	for (size_t a = first, b = tables->stacks.count; a + 1 < b;) {
		uint32_t *ids = tables->stacks.ids, other = ids[a];

		ids[a++] = ids[--b];
		ids[b] = other;
	}
	for (size_t i = first; i < tables->stacks.count; i++)
		tables->stacks.number[tables->stacks.ids[i]] = (uint32_t)i + 1;
	return number_of(&tables->stacks, stack);
}

/* ---- writing ---- */

/* A column of a table: for the thing of this id, a number or nothing. */
typedef int64_t column_value(const struct firefox_tables *tables, uint32_t id);
#define NOTHING INT64_MIN

static void put_column(struct json_out *json, const char *key, const struct firefox_tables *tables,
		       const struct firefox_numbers *of, column_value *value)
{
	json_out_begin(json, key, '[');
	for (size_t i = 0; i < of->count; i++) {
		int64_t number = value(tables, of->ids[i]);

		if (number == NOTHING)
			json_out_null(json, NULL);
		else
			json_out_i64(json, NULL, number);
	}
	json_out_end(json, ']');
}

static int64_t nothing(const struct firefox_tables *tables, uint32_t id)
{
	return NOTHING;
}

static int64_t zero(const struct firefox_tables *tables, uint32_t id)
{
	return 0;
}

static int64_t unknown_address(const struct firefox_tables *tables, uint32_t id)
{
	return -1;
}

static int64_t stack_prefix(const struct firefox_tables *tables, uint32_t id)
{
	uint32_t callers = stack_callers(&tables->code->listing->stacks, id);

	return callers == STACK_EMPTY ? NOTHING : number_of(&tables->stacks, callers);
}

static int64_t stack_frame(const struct firefox_tables *tables, uint32_t id)
{
	return number_of(&tables->frames, stack_leaf(&tables->code->listing->stacks, id));
}

static int64_t frame_category(const struct firefox_tables *tables, uint32_t id)
{
	return listed_tree_frame(tables->code->listing, id)->kind;
}

static int64_t stack_category(const struct firefox_tables *tables, uint32_t id)
{
	return frame_category(tables, stack_leaf(&tables->code->listing->stacks, id));
}

static int64_t frame_depth(const struct firefox_tables *tables, uint32_t id)
{
	return frame_category(tables, id) == FRAME_INLINED;
}

static int64_t frame_function(const struct firefox_tables *tables, uint32_t id)
{
	return number_of(&tables->functions, tables->code->function_of[id]);
}

static int64_t frame_line(const struct firefox_tables *tables, uint32_t id)
{
	uint32_t line = listed_frame(tables->code->listing, id)->line;

	return line ? line : NOTHING;
}

static int64_t frame_column(const struct firefox_tables *tables, uint32_t id)
{
	uint32_t column = listed_frame(tables->code->listing, id)->column;

	return column ? column : NOTHING;
}

static int64_t function_name(const struct firefox_tables *tables, uint32_t id)
{
	return number_of(&tables->strings, shown(tables, function_at(tables, id)->frame)->name);
}

static int64_t function_file(const struct firefox_tables *tables, uint32_t id)
{
	uint32_t file = function_at(tables, id)->file;

	return file == STRING_NONE ? NOTHING : number_of(&tables->strings, file);
}

static int64_t function_line(const struct firefox_tables *tables, uint32_t id)
{
	uint32_t line = function_at(tables, id)->start_line;

	return line ? line : NOTHING;
}

/* Without one it is -1, not null. */
static int64_t function_resource(const struct firefox_tables *tables, uint32_t id)
{
	uint32_t lib = function_at(tables, id)->lib;

	return lib ? (int64_t)number_of(&tables->libs, lib) : -1;
}

static int64_t resource_lib(const struct firefox_tables *tables, uint32_t id)
{
	return id - 1;
}

static int64_t resource_name(const struct firefox_tables *tables, uint32_t id)
{
	return number_of(&tables->strings, lib_at(tables, id)->name);
}

static int64_t resource_type(const struct firefox_tables *tables, uint32_t id)
{
	return RESOURCE_LIBRARY;
}

struct column {
	const char *key;
	column_value *value;
};

static const struct column stack_columns[] = {
	{"frame", stack_frame},		{"prefix", stack_prefix},
	{"category", stack_category},	{"subcategory", zero},
	{0},
};

static const struct column frame_columns[] = {
	{"address", unknown_address}, {"inlineDepth", frame_depth}, {"category", frame_category},
	{"subcategory", zero},	      {"func", frame_function},	    {"nativeSymbol", nothing},
	{"innerWindowID", nothing},   {"implementation", nothing},  {"line", frame_line},
	{"column", frame_column},     {0},
};

static const struct column resource_columns[] = {
	{"lib", resource_lib}, {"name", resource_name}, {"host", nothing}, {"type", resource_type},
	{0},
};

static const struct column function_columns[] = {
	{"name", function_name},       {"resource", function_resource}, {"fileName", function_file},
	{"lineNumber", function_line}, {"columnNumber", nothing},	{0},
};

/* Leaves the table open. */
static void begin_table(struct json_out *json, const char *key, const struct firefox_tables *tables,
			const struct firefox_numbers *of, const struct column *columns)
{
	json_out_line(json);
	json_out_begin(json, key, '{');
	json_out_u64(json, "length", of->count);
	for (; columns->key; columns++)
		put_column(json, columns->key, tables, of, columns->value);
}

static void put_falses(struct json_out *json, const char *key, size_t count)
{
	json_out_begin(json, key, '[');
	while (count--)
		json_out_bool(json, NULL, false);
	json_out_end(json, ']');
}

static void put_functions(struct json_out *json, const struct firefox_tables *tables)
{
	begin_table(json, "funcTable", tables, &tables->functions, function_columns);
	put_falses(json, "isJS", tables->functions.count);
	put_falses(json, "relevantForJS", tables->functions.count);
	json_out_end(json, '}');
}

static void put_strings(struct json_out *json, const struct firefox_tables *tables)
{
	json_out_line(json);
	json_out_begin(json, "stringArray", '[');
	for (size_t i = 0; i < tables->strings.count; i++)
		put_string(json, NULL, tables->code, tables->strings.ids[i]);
	json_out_end(json, ']');
}

/* Those that are always empty here, as the addresses of symbols are not needed and nothing is marked. */
static void put_empty(struct json_out *json, const char *table, const char *const *columns)
{
	json_out_begin(json, table, '{');
	json_out_u64(json, "length", 0);
	for (; *columns; columns++) {
		json_out_begin(json, *columns, '[');
		json_out_end(json, ']');
	}
	json_out_end(json, '}');
}

void firefox_put_tables(struct json_out *json, struct firefox_tables *tables)
{
	static const char *const symbols[] = {"libIndex", "address", "name", "functionSize", NULL};
	static const char *const markers[] = {"data",	   "name",     "startTime", "endTime",
					      "phase", "category", NULL};

	begin_table(json, "stackTable", tables, &tables->stacks, stack_columns);
	json_out_end(json, '}');
	begin_table(json, "frameTable", tables, &tables->frames, frame_columns);
	json_out_end(json, '}');
	put_functions(json, tables);
	begin_table(json, "resourceTable", tables, &tables->libs, resource_columns);
	json_out_end(json, '}');
	put_empty(json, "nativeSymbols", symbols);
	put_empty(json, "markers", markers);
	put_strings(json, tables);
	numbers_empty(&tables->stacks);
	numbers_empty(&tables->frames);
	numbers_empty(&tables->functions);
	numbers_empty(&tables->libs);
	numbers_empty(&tables->strings);
}
