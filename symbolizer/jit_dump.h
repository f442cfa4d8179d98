/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A jitdump: records of the code that a process generated, with times (Linux,
 * tools/perf/Documentation/jitdump-specification.txt, version 1).
 *
 * Load records say what was put where, move records that it lies elsewhere from
 * then on; before a load record there may be one with the lines of its code.
 * The code itself and its unwind tables are passed over. The index keeps where
 * the records are; names and lines are read again when an address needs them.
 */
#ifndef BOLOMETER_SYMBOLIZER_JIT_DUMP_H
#define BOLOMETER_SYMBOLIZER_JIT_DUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/model/index.h"
#include "symbolizer/jit_index.h"

#define JIT_DUMP_RECORDS_MAX (4U << 20)
#define JIT_DUMP_NAME_MAX    4096	/* longer names are cut */
#define JIT_DUMP_LINES_MAX   (1U << 16) /* of one function; those of higher addresses are not used */

/* What one load or move record put at an address. */
struct jit_dump_code {
	uint64_t time_ns;
	uint64_t loaded_at; /* the address that its lines are of, which a move does not change */
	uint64_t name_off;  /* in the file; where the code begins is the end of it */
	uint64_t name_end;
	uint64_t lines_off, lines_end; /* entries of its debug record; equal: none */
	uint64_t code_index;
};

enum jit_dump_fault {
	JIT_DUMP_GOOD,
	JIT_DUMP_NOT_ONE, /* no jitdump, or of a version that is not known */
	JIT_DUMP_SWAPPED, /* written in the other byte order: not by a process of this machine */
	JIT_DUMP_DAMAGED, /* a record that cannot be; what came before is used */
	JIT_DUMP_CUT,	  /* more records than are used */
};

/* All zero but fd is one that was not loaded. */
struct jit_dump {
	int fd; /* the owner's */
	struct jit_index index;
	struct jit_dump_code *codes; /* by number of the entry */
	size_t cap_codes;
	struct index by_code_index; /* of places in `newest` */
	uint32_t *newest;	    /* for each number that code has in the file, its last entry */
	size_t nr_newest, cap_newest;
	enum jit_dump_fault fault;
	bool timed; /* times are CLOCK_MONOTONIC; else nothing is known of when */
};

/* Reads the records. Returns 0 or -ENOMEM; what is wrong with the file is in dump->fault. */
int jit_dump_load(struct jit_dump *dump);
void jit_dump_fini(struct jit_dump *dump);

/* How many entries were there at a time; without times all. */
uint32_t jit_dump_known(const struct jit_dump *dump, uint64_t time_ns);

/* The name of an entry; false when it cannot be read any more. */
bool jit_dump_name(const struct jit_dump *dump, uint32_t entry, char name[JIT_DUMP_NAME_MAX],
		   size_t *ret_len);

/*
 * The source line of an address in an entry; false where none is known. The file is cut to what fits
 * into `file`.
 */
bool jit_dump_line(const struct jit_dump *dump, uint32_t entry, uint64_t addr, char *file,
		   size_t file_size, uint32_t *ret_line);

#endif
