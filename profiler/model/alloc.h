/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocation that cannot overflow, and arenas.
 *
 * Running out of memory is an ordinary error in this program: every function
 * here returns NULL (errno ENOMEM) or -ENOMEM, and the caller passes it up.
 */
#ifndef BOLOMETER_MODEL_ALLOC_H
#define BOLOMETER_MODEL_ALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* a * b and a + b, SIZE_MAX where the true result does not fit; malloc(SIZE_MAX) then fails. */
size_t size_mul(size_t a, size_t b);
size_t size_add(size_t a, size_t b);

/*
 * Makes room for at least `need` elements of `elem_size` bytes in the array *array, which has room
 * for *cap now; grows by half so that appending is linear over all. The new part is not zeroed.
 * Returns 0, or -ENOMEM with *array and *cap as they were.
 */
int array_reserve(void **array, size_t *cap, size_t need, size_t elem_size);
#define ARRAY_RESERVE(array, cap, need)                                                            \
	((need) <= (cap) ? 0                                                                       \
			 : array_reserve((void **)&(array), &(cap), (need), sizeof(*(array))))

/*
 * As malloc() and calloc(), for arrays all of which will be used: the kernel is asked for the pages
 * of large ones at once, as a fault for each would be a tenth of the time that drawing a large
 * profile takes. Freed with free(). NULL when there is no memory.
 */
void *alloc_whole(size_t size);
void *alloc_whole_zeroed(size_t size);

/* Memory that is freed all at once. */
struct arena {
	struct arena_block *blocks;
	size_t bytes; /* handed out so far */
};

void arena_init(struct arena *arena);
void arena_fini(struct arena *arena);

/* Zeroed memory aligned for any type, valid until arena_fini(); NULL when there is none. */
void *arena_alloc(struct arena *arena, size_t size);

/* Room for len bytes, unaligned and not zeroed; a NUL is behind them. NULL when there is no memory. */
char *arena_room(struct arena *arena, size_t len);

/* A copy of len bytes with a NUL after them, unaligned; NULL when there is no memory. */
char *arena_text(struct arena *arena, const char *text, size_t len);

#endif
