// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which inlined functions an address is in (DWARF 5, section 3.3.8).
 *
 * The entries of a unit are a tree: below a function stand the functions that
 * were inlined into it, below those what was inlined into them. The tree is
 * walked once, into those functions only that have an address in question.
 */
#include <dwarf.h>
#include <string.h>

#include "symbolizer/dwarf_unit.h"

/* Compilers nest scopes some twenty deep. */
#define MAX_DEPTH 256

/* An inlined function's entry names its abstract one, which names its declaration: that is all. */
#define MAX_ORIGINS 8

/* An entry on the way from the unit's to the one looked at. */
struct level {
	Dwarf_Die die;
	bool in_function;
	bool is_call;	/* an inlined function */
	uint32_t call;	/* once it is needed: its number */
	uint32_t above; /* the level of the call around it; DWARF_NONE */
};

struct walk {
	struct dwarf_unit *unit;
	bool everywhere; /* also look for functions within other things */
	Dwarf_Files *files;
	size_t nr_files;
	bool files_read;
	struct level levels[MAX_DEPTH];
	uint32_t depth;
};

/* ---- what an entry says ---------------------------------------------------------------------- */

static const char *linkage_name(Dwarf_Die *die)
{
	Dwarf_Attribute attr;

	if (!dwarf_attr(die, DW_AT_linkage_name, &attr) &&
	    !dwarf_attr(die, DW_AT_MIPS_linkage_name, &attr))
		return NULL;
	return dwarf_formstring(&attr);
}

/* The name as the linker sees it, or else as the source has it. */
static const char *raw_name(struct dwarf_unit *unit, Dwarf_Die *die)
{
	Dwarf_Die at = *die, next;
	const char *name = NULL, *linkage;
	Dwarf_Attribute attr;

	for (int i = 0; i < MAX_ORIGINS; i++) {
		linkage = linkage_name(&at);
		if (linkage)
			return linkage;
		if (!name && dwarf_attr(&at, DW_AT_name, &attr))
			name = dwarf_formstring(&attr);
		if ((!dwarf_attr(&at, DW_AT_abstract_origin, &attr) &&
		     !dwarf_attr(&at, DW_AT_specification, &attr)) ||
		    !dwarf_formref_die(&attr, &next) || !dwarf_unit_need(unit, &next))
			break;
		at = next;
	}
	return name;
}

static int read_name(struct walk *walk, Dwarf_Die *die, struct dwarf_call *call)
{
	const char *name = walk->unit->wish->names ? raw_name(walk->unit, die) : NULL;

	if (!name || !*name)
		return 0;
	return frame_store_name(walk->unit->store, name, strlen(name), "", &call->function);
}

/* A split unit may have files of its own, or those of its skeleton. */
static int split_file_of(struct walk *walk, Dwarf_Word number, const char **ret)
{
	struct dwarf_unit *unit = walk->unit;
	const char *path = NULL;

	if (!walk->files_read) {
		walk->files_read = true;
		if (dwarf_getsrcfiles(&unit->split, &walk->files, &walk->nr_files))
			walk->nr_files = 0;
	}
	if (number < walk->nr_files)
		path = dwarf_filesrc(walk->files, number, NULL, NULL);
	return dwarf_unit_keep_path(unit, path, ret);
}

static int file_of(struct walk *walk, Dwarf_Word number, const char **ret)
{
	struct dwarf_unit *unit = walk->unit;
	struct dwarf_line_table *lines;
	int err;

	if (unit->open.open) {
		err = split_file_of(walk, number, ret);
		if (err || walk->nr_files)
			return err;
	}
	err = dwarf_unit_lines(unit, &lines);
	return err ? err : dwarf_line_table_path(lines, number, unit->store, ret);
}

static int read_place(struct walk *walk, Dwarf_Die *die, struct dwarf_call *call)
{
	Dwarf_Attribute attr;
	Dwarf_Word number;

	if (!dwarf_attr(die, DW_AT_call_line, &attr) || dwarf_formudata(&attr, &number) ||
	    number > INT32_MAX)
		return 0;
	call->line = (uint32_t)number;
	if (!dwarf_attr(die, DW_AT_call_file, &attr) || dwarf_formudata(&attr, &number))
		return 0;
	return file_of(walk, number, &call->file);
}

/* ---- calls ----------------------------------------------------------------------------------- */

static int add_call(struct walk *walk, struct level *level)
{
	struct dwarf_answers *answers = walk->unit->answers;
	struct dwarf_call call = {.caller = DWARF_NONE};
	int err = ARRAY_RESERVE(answers->calls, answers->cap_calls, answers->nr_calls + 1);

	if (level->above != DWARF_NONE)
		call.caller = walk->levels[level->above].call;
	if (!err)
		err = read_name(walk, &level->die, &call);
	if (!err && walk->unit->wish->lines)
		err = read_place(walk, &level->die, &call);
	if (err)
		return err;
	level->call = (uint32_t)answers->nr_calls;
	answers->calls[answers->nr_calls++] = call;
	return 0;
}

/* Numbers the call at this level, and those around it. */
static int need_call(struct walk *walk, uint32_t depth)
{
	int err = 0;

	for (uint32_t i = 0; i <= depth && !err; i++)
		if (walk->levels[i].is_call && walk->levels[i].call == DWARF_NONE)
			err = add_call(walk, &walk->levels[i]);
	return err;
}

/* ---- the tree -------------------------------------------------------------------------------- */

/*
 * Notes for every address in the entry's ranges that it is in this function, inlined or not.
 * *ret_found: whether there is one.
 */
static int note(struct walk *walk, struct level *level, bool *ret_found)
{
	struct dwarf_unit *unit = walk->unit;
	Dwarf_Addr base, low, high;
	ptrdiff_t next = 0;
	int err = 0;

	*ret_found = false;
	while (!err && (next = dwarf_ranges(&level->die, next, &base, &low, &high)) > 0) {
		struct dwarf_span span = dwarf_unit_part(unit, low, high);

		if (!dwarf_unit_may(unit, 1 + span.end - span.first))
			break;
		if (span.first < span.end && level->is_call)
			err = need_call(walk, walk->depth);
		for (size_t i = span.first; i < span.end && !err; i++) {
			struct dwarf_answer *answer = &unit->answers->answers[i];

			if (answer->done)
				continue;
			*ret_found = true;
			answer->held = true;
			answer->call = level->is_call ? level->call : DWARF_NONE;
		}
	}
	return err;
}

/* Looks at an entry, and says whether to look below it. */
static int visit(struct walk *walk, struct level *level, bool *ret_descend)
{
	*ret_descend = false;
	switch (dwarf_tag(&level->die)) {
	case DW_TAG_subprogram: {
		int err = note(walk, level, ret_descend);

		level->in_function = *ret_descend;
		level->above = DWARF_NONE;
		*ret_descend |= walk->everywhere;
		return err;
	}
	case DW_TAG_inlined_subroutine:
		level->is_call = true;
		return level->in_function ? note(walk, level, ret_descend) : 0;
	case DW_TAG_lexical_block:
	case DW_TAG_try_block:
	case DW_TAG_catch_block:
		*ret_descend = level->in_function || walk->everywhere;
		return 0;
	case DW_TAG_namespace:
	case DW_TAG_module:
		*ret_descend = true;
		return 0;
	case DW_TAG_class_type:
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
		*ret_descend = walk->everywhere;
		return 0;
	default:
		return 0;
	}
}

/* The first entry below the one at hand. */
static bool descend(struct walk *walk)
{
	struct level *parent = &walk->levels[walk->depth], *child = parent + 1;

	if (walk->depth + 1 == MAX_DEPTH || dwarf_child(&parent->die, &child->die))
		return false;
	child->in_function = parent->in_function;
	child->is_call = false;
	child->call = DWARF_NONE;
	child->above = parent->is_call ? walk->depth : parent->above;
	walk->depth++;
	return true;
}

/* The entry that follows, after the end of one below the one above. */
static bool go_on(struct walk *walk)
{
	while (walk->depth) {
		struct level *level = &walk->levels[walk->depth], *parent = level - 1;

		if (!dwarf_siblingof(&level->die, &level->die)) {
			level->in_function = parent->in_function;
			level->is_call = false;
			level->call = DWARF_NONE;
			level->above = parent->is_call ? walk->depth - 1 : parent->above;
			return true;
		}
		walk->depth--;
	}
	return false;
}

static int walk_tree(struct walk *walk)
{
	bool deeper, more;
	int err = 0;

	walk->depth = 0;
	walk->levels[0] = (struct level){
		.die = walk->unit->split,
		.call = DWARF_NONE,
		.above = DWARF_NONE,
	};
	more = descend(walk);
	while (more && !err && dwarf_unit_may(walk->unit, 1)) {
		err = visit(walk, &walk->levels[walk->depth], &deeper);
		more = (deeper && descend(walk)) || go_on(walk);
	}
	return err;
}

static bool all_held(const struct dwarf_unit *unit)
{
	for (size_t s = 0; s < unit->nr_spans; s++)
		for (size_t i = unit->spans[s].first; i < unit->spans[s].end; i++)
			if (!unit->answers->answers[i].held && !unit->answers->answers[i].done)
				return false;
	return true;
}

int dwarf_inlines_read(struct dwarf_unit *unit)
{
	struct walk walk = {.unit = unit};
	int err = walk_tree(&walk);

	/* Functions in functions (Fortran, Ada, nested ones of C) have ranges outside of these. */
	if (!err && !all_held(unit)) {
		walk.everywhere = true;
		err = walk_tree(&walk);
	}
	return err;
}
