/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps of reading a pprof profile, each a walk over its parts: texts
 * (pprof.c), what the samples are of and what is known of the whole
 * (pprof_about.c), code (pprof_code.c), samples (pprof_samples.c). What is wrong
 * with the file is left in `parts`; functions return 0 or -ENOMEM.
 */
#ifndef BOLOMETER_FILE_PPROF_READER_H
#define BOLOMETER_FILE_PPROF_READER_H

#include "profiler/file/file.h"
#include "profiler/file/pprof_parts.h"
#include "profiler/model/pprof.pb-c.h"
#include "profiler/model/pprof_format.h"

#define PPROF_NONE UINT32_MAX

/* Ids of a file: places in the order in which they came. Nearly always 1, 2, 3, ... */
struct pprof_ids {
	uint64_t *ids;
	size_t count, cap;
	struct index index; /* of those that are not */
};

struct pprof_function {
	uint32_t name, linked, file; /* string ids of the profile */
	uint32_t start_line;
};

struct pprof_mapping {
	uint32_t id;   /* of the profile */
	uint8_t kind;  /* enum frame_kind */
	bool nameless; /* it has no file */
	bool assumed;  /* the module is that of the whole kernel, which names alone do not say */
	uint32_t module;
	uint64_t moved; /* what is added to addresses: from memory to the file */
};

/* Where a value of the profile comes from: a value of samples, or a label that is a number. */
struct pprof_value {
	size_t place;	/* among the values; PPROF_NONE for a label */
	uint32_t label; /* string id of its key */
};

struct pprof_reader {
	struct profile *profile;
	struct file_complaints *complaints;
	struct parts parts;

	struct strings_piece *strings;
	uint32_t *string_ids; /* of the profile; PPROF_NONE where it is not needed yet */
	size_t nr_strings, cap_strings, cap_string_ids;

	struct pprof_ids mapping_ids, function_ids, location_ids;
	struct pprof_mapping *mappings;
	struct pprof_function *functions;
	struct index mapping_index; /* of the profile's, as they were before this file */
	uint32_t *locations;	    /* of the profile */
	size_t cap_mappings, cap_functions, cap_locations;

	size_t nr_types;			    /* values that each sample has */
	struct pprof_value values[VALUE_TYPES_MAX]; /* by value of the profile */
	/* Keys of labels with a meaning of their own; PPROF_NONE for one that no label has. */
	uint32_t thread, process, cgroup, tid, pid, cpu;
};

/* A text of the file as one of the profile. One that there is not is wrong. */
int pprof_text(struct pprof_reader *r, int64_t place, uint32_t *ret_id);

/* The bytes of a text, "" for one that there is not, which is wrong. */
struct strings_piece pprof_piece(struct pprof_reader *r, int64_t place);

/* Enters an id; one that is there already, or 0, is wrong. */
int pprof_ids_add(struct pprof_reader *r, struct pprof_ids *ids, uint64_t id);

/* The place of an id; PPROF_NONE for none. */
uint32_t pprof_ids_find(const struct pprof_ids *ids, uint64_t id);
void pprof_ids_fini(struct pprof_ids *ids);

/* Into the profile: value types and circumstances. Also -EBADMSG, after a complaint. */
int pprof_read_about(struct pprof_reader *r);

/* Mappings, functions, then locations. */
int pprof_read_code(struct pprof_reader *r);

int pprof_read_samples(struct pprof_reader *r);

#endif
