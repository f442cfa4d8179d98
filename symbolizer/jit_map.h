/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A perf map: lines of "start size name", numbers in hexadecimal, the name to
 * the end of the line (Linux, tools/perf/Documentation/jit-interface.txt).
 *
 * It is a log: code is moved and memory used again. The index keeps where the
 * lines are; a line is read again when an address needs its name.
 */
#ifndef BOLOMETER_SYMBOLIZER_JIT_MAP_H
#define BOLOMETER_SYMBOLIZER_JIT_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbolizer/jit_index.h"
#include "symbolizer/line_reader.h"

/* A Java server's map has 10 MB. Offsets of lines must fit 32 bits. */
#define JIT_MAP_BYTES_MAX   (256U << 20)
#define JIT_MAP_ENTRIES_MAX (4U << 20)

/* All zero but fd is one that was not loaded. */
struct jit_map {
	int fd; /* the owner's */
	struct jit_index index;
	struct line_reader *reader; /* for lookups: one buffer */
	size_t malformed;	    /* lines that were skipped */
	bool cut;		    /* not all of it was read */
};

struct jit_map_entry {
	uint64_t start, size;
	char *name; /* until the next call */
	size_t name_len;
};

/* Reads the map. Returns 0 or -ENOMEM. */
int jit_map_load(struct jit_map *map);
void jit_map_fini(struct jit_map *map);

/* How many entries begin before this offset of the file. */
uint32_t jit_map_known(const struct jit_map *map, uint64_t end);

/* Reads one entry again; false when it is no longer what it was. */
bool jit_map_read(struct jit_map *map, uint32_t entry, struct jit_map_entry *ret);

#endif
