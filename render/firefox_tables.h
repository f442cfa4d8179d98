/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of the Firefox Profiler's format: libraries, which the whole file has,
 * and those that each thread has of its own, with only what occurs in it.
 */
#ifndef BOLOMETER_RENDER_FIREFOX_TABLES_H
#define BOLOMETER_RENDER_FIREFOX_TABLES_H

#include "profiler/model/list_table.h"
#include "render/json_out.h"
#include "render/listing.h"

/* Functions and libraries of all threads; ids are those of lists, 1 or more. */
struct firefox_code {
	const struct listing *listing;
	struct list_table libs;	    /* of struct firefox_lib */
	struct list_table functions; /* of struct firefox_function */
	uint32_t *function_of;	    /* by id of a listed frame */
};

/* No padding in either: compared by their bytes. */
struct firefox_lib {
	uint32_t mapping; /* plus 1; 0 for one of which only the name is known */
	uint32_t name;	  /* string id */
	uint32_t path;	  /* likewise */
};

struct firefox_function {
	uint32_t frame; /* of the symbols */
	uint32_t file;	/* string id */
	uint32_t start_line;
	uint32_t lib; /* id, or 0 */
};

/* firefox_code_fini() is called either way. 0 or -ENOMEM. */
int firefox_code_init(struct firefox_code *code, const struct listing *listing);
void firefox_code_fini(struct firefox_code *code);
void firefox_put_libs(struct json_out *json, const struct firefox_code *code);

/* Which of some things a thread has, and in which order. */
struct firefox_numbers {
	uint32_t *number; /* by id, plus 1; 0 for none */
	uint32_t *ids;	  /* in their order */
	size_t count, room;
};

struct firefox_tables {
	const struct firefox_code *code;
	struct firefox_numbers stacks, frames, functions, libs, strings;
};

/* For one thread after the other. firefox_tables_fini() is called either way. 0 or -ENOMEM. */
int firefox_tables_init(struct firefox_tables *tables, const struct firefox_code *code);
void firefox_tables_fini(struct firefox_tables *tables);

/* Enters a stack and all that it is made of; what it is in the file, or -1 for the empty one. */
int64_t firefox_enter_stack(struct firefox_tables *tables, uint32_t stack);

/* Writes the tables as members of a thread, and empties them. */
void firefox_put_tables(struct json_out *json, struct firefox_tables *tables);

#endif
