/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts, mappings, functions and locations of a pprof profile that is written:
 * each gets its id, and its place in the file, when it is first asked for.
 *
 * Captures have places in files but no memory that all processes share: each of
 * their mappings gets a range of its own, so that an address in the profile is
 * one place, and pprof finds the same place in the file.
 */
#ifndef BOLOMETER_RENDER_PPROF_CODE_H
#define BOLOMETER_RENDER_PPROF_CODE_H

#include "profiler/model/pprof.pb-c.h"
#include "profiler/model/profile.h"
#include "profiler/model/symbols.h"
#include "render/pprof_parts.h"

/* One that is in the file. */
struct pprof_mapped {
	uint32_t mapping; /* of the profile plus 1; 0 for one that is only a name */
	uint32_t name;	  /* string id */
	bool given;	  /* where in memory it was is known */
	uint64_t start;	  /* of one that is not */
	uint64_t last;	  /* the highest address in it */
	bool has_functions, has_filenames, has_lines, has_inlined;
};

/* A list of pprof_code_table.locations: this, then the lines, the outermost first. */
struct pprof_location_head {
	uint32_t mapping; /* id in the file; 0 for none */
	uint32_t addr_low, addr_high;
};

struct pprof_line {
	uint32_t function; /* id in the file */
	uint32_t line, column;
};

#define HEAD_WORDS (sizeof(struct pprof_location_head) / sizeof(uint32_t))
#define LINE_WORDS (sizeof(struct pprof_line) / sizeof(uint32_t))

struct pprof_code_table {
	const struct profile *profile;
	struct symbols *symbols;

	uint32_t *string_numbers; /* by string id of the profile, plus 1 */
	size_t nr_known, cap_known;
	uint32_t *strings; /* string ids, in the order of the file */
	size_t nr_strings, cap_strings;

	struct list_table functions; /* of four numbers; ids in the file are those of lists */
	struct pprof_mapped *mapped; /* ids in the file are places here plus 1 */
	size_t nr_mapped, cap_mapped;
	struct list_table mapping_keys;

	struct list_table locations; /* likewise, of numbers: see above */
	uint32_t *location_ids;	     /* by place (profiler/model/draft.h); 0 where not known yet */
	uint32_t *record;	     /* scratch */
	size_t cap_record;
	Pprof__Line *lines; /* scratch */
	Pprof__Line **line_pointers;
	size_t cap_lines, cap_pointers;
};

/* `symbols` have all frames that there will be. Returns 0 or -ENOMEM. */
int pprof_code_init(struct pprof_code_table *table, const struct profile *profile,
		    struct symbols *symbols);
void pprof_code_fini(struct pprof_code_table *table);

/* The number of a text. 0 or -ENOMEM. */
int pprof_string(struct pprof_code_table *table, uint32_t id, int64_t *ret_number);
int pprof_string_z(struct pprof_code_table *table, const char *text, int64_t *ret_number);

/* The id of a place of drafts. 0 or -ENOMEM. */
int pprof_location(struct pprof_code_table *table, uint32_t place, uint32_t *ret_id);

/* Writes everything that has an id. 0 or -ENOMEM; texts come last, as the rest asks for some. */
int pprof_code_write(struct pprof_code_table *table, struct pprof_out *out);
void pprof_strings_write(const struct pprof_code_table *table, struct pprof_out *out);

#endif
