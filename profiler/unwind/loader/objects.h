/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walker's objects: numbers of the files that processes have mapped as
 * code, what their ELF headers say, and how it stands with their tables.
 * A binary's object is its number plus 1; object 0 is generated code; the last
 * one is the vdso, of which every process has the one that we have.
 */
#ifndef BOLOMETER_UNWIND_OBJECTS_H
#define BOLOMETER_UNWIND_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/proc/binary.h"
#include "profiler/unwind/table/elf_image.h"
#include "profiler/unwind/loader/walker_memory.h"

#define OBJECT_VDSO (UNWIND_OBJECTS_MAX - 1)

enum object_state {
	OBJECT_ABSENT,	  /* no table now */
	OBJECT_WANTED,	  /* waiting for the thread */
	OBJECT_BUILDING,  /* with the thread, or built and waiting for room */
	OBJECT_LOADED,	  /* at `first` in the pool */
	OBJECT_NONE,	  /* there will never be one: frame pointers */
	OBJECT_TOO_LARGE, /* for the whole pool; the programs go on asking for it */
};

struct object {
	struct elf_image *image; /* NULL until it is asked for, and where there is none */
	bool image_read;
	bool found_no_room; /* when its table was last built */
	uint8_t state;	/* enum object_state */
	uint32_t turn;	/* the binary's: with another one it is another file */
	int fd;		/* the binary's, or -1 */
	uint32_t users; /* processes that have it mapped */
	uint32_t first, nr_rows;
	uint32_t nr_units;	/* of its table, since it was first built; else 0 */
	uint64_t touched_ns;	/* when the programs were last known to look for it */
	uint64_t not_before_ns; /* it is not built again earlier */
};

struct objects {
	const struct walker_memory *memory;
	const struct binary_table *binaries;
	struct object *objects; /* by number; the vdso in place 0 */
	size_t count, cap;
	uint64_t without, failed; /* as in struct unwinder_stats */
	uint32_t one_failed;	  /* one of them */
	uint64_t too_many;
	uint64_t reused; /* of the binaries, when this was last brought up to date */
};

/* Returns 0 or -ENOMEM. */
int objects_init(struct objects *objects, const struct walker_memory *memory,
		 const struct binary_table *binaries);
void objects_fini(struct objects *objects);

/* Learns which binaries are new, or were closed and opened again. Returns 0 or -ENOMEM. */
int objects_sync(struct objects *objects);

/* The file behind an object is not needed any more, nor is its table there: others get the number. */
void objects_forget(struct objects *objects, uint32_t number);

/* An object's number from its place in the array; the other way round. */
uint32_t object_number(size_t place);
struct object *objects_get(struct objects *objects, uint32_t number);

/* The object of a binary; UNWIND_OBJECT_CODE where it has none or there are too many. */
uint32_t objects_of_binary(struct objects *objects, uint32_t binary);

/* The file that it is, as a process saw it, or "[vdso]". Lives as long as the table of binaries. */
const char *objects_path(const struct objects *objects, uint32_t number);

/* The object's ELF headers, NULL when it has none or there is no memory. They stay here. */
const struct elf_image *objects_image(struct objects *objects, uint32_t number);

/* Tells the programs where the table is: a unit, or UNWIND_TABLE_*. What is there is complete. */
void objects_publish(struct objects *objects, uint32_t number, uint32_t table);

/* There is no table and there never will be; `error` is why, as of unwind_table_build(). */
void objects_give_up(struct objects *objects, uint32_t number, int error);

/* Whether the programs looked for it since this was last asked. */
bool objects_touched(struct objects *objects, uint32_t number);

#endif
