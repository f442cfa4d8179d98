// SPDX-License-Identifier: GPL-2.0-or-later
/* Saturating sizes, growing arrays and arenas; see alloc.h. */
#include "profiler/model/alloc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "profiler/model/beside.h"

#define ARENA_BLOCK_BYTES (64 * 1024)

struct arena_block {
	struct arena_block *next;
	size_t used;
	size_t size;
	_Alignas(max_align_t) char bytes[];
};

size_t size_mul(size_t a, size_t b)
{
	size_t result;

	return __builtin_mul_overflow(a, b, &result) ? SIZE_MAX : result;
}

size_t size_add(size_t a, size_t b)
{
	size_t result;

	return __builtin_add_overflow(a, b, &result) ? SIZE_MAX : result;
}

/* From so many bytes on. */
#define WHOLE_BYTES ((size_t)1024 * 1024)

#ifndef MADV_POPULATE_WRITE /* Linux 5.14; refused by older ones, where pages come one by one */
#define MADV_POPULATE_WRITE 23
#endif

/* From so many bytes on it is done by two: a thread takes as long as clearing some 100 KiB. */
#define SHARED_BYTES ((size_t)8 * 1024 * 1024)

struct pages {
	char *start;
	size_t size;
};

static int populate_pages(void *data)
{
	const struct pages *pages = data;

	return madvise(pages->start, pages->size, MADV_POPULATE_WRITE) ? -errno : 0;
}

/* Most of it is clearing memory, which one CPU alone is slow at. */
static void populate_by_two(struct pages *pages)
{
	struct pages rest = *pages;
	struct beside beside;

	pages->size = pages->size / 2 & ~(size_t)(sysconf(_SC_PAGESIZE) - 1);
	rest.start += pages->size;
	rest.size -= pages->size;
	beside_begin(&beside, populate_pages, &rest);
	populate_pages(pages);
	beside_end(&beside);
}

static void populate(void *memory, size_t size)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t start = ((uintptr_t)memory + page - 1) & ~(page - 1);
	struct pages pages = {.start = (char *)start};

	if (!memory || size < WHOLE_BYTES)
		return;
	pages.size = (((uintptr_t)memory + size) & ~(page - 1)) - start;
	if (size < SHARED_BYTES)
		populate_pages(&pages);
	else
		populate_by_two(&pages);
}

void *alloc_whole(size_t size)
{
	void *memory = malloc(size);

	populate(memory, size);
	return memory;
}

void *alloc_whole_zeroed(size_t size)
{
	void *memory = calloc(1, size);

	populate(memory, size);
	return memory;
}

int array_reserve(void **array, size_t *cap, size_t need, size_t elem_size)
{
	size_t new_cap;
	void *grown;

	if (need <= *cap)
		return 0;
	new_cap = size_add(*cap, *cap / 2);
	if (new_cap < need)
		new_cap = need;
	if (new_cap < 16)
		new_cap = 16;
	grown = realloc(*array, size_mul(new_cap, elem_size));
	if (!grown)
		return -ENOMEM;
	*array = grown;
	*cap = new_cap;
	return 0;
}

void arena_init(struct arena *arena)
{
	*arena = (struct arena){0};
}

void arena_fini(struct arena *arena)
{
	struct arena_block *block = arena->blocks;

	while (block) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
	arena_init(arena);
}

/* `size` bytes at an offset that is a multiple of `align` (a power of two); not zeroed. */
static void *arena_take(struct arena *arena, size_t size, size_t align)
{
	struct arena_block *block = arena->blocks;
	size_t offset = block ? (block->used + align - 1) & ~(align - 1) : 0;
	size_t block_size;

	if (!block || offset > block->size || size > block->size - offset) {
		block_size = size > ARENA_BLOCK_BYTES ? size : ARENA_BLOCK_BYTES;
		block = malloc(size_add(sizeof(*block), block_size));
		if (!block)
			return NULL;
		block->used = 0;
		block->size = block_size;
		/* A block that is full at once must not hide the room left in the one before. */
		if (arena->blocks && size > ARENA_BLOCK_BYTES / 2) {
			block->next = arena->blocks->next;
			arena->blocks->next = block;
		} else {
			block->next = arena->blocks;
			arena->blocks = block;
		}
		offset = 0;
	}
	block->used = offset + size;
	arena->bytes += size;
	return block->bytes + offset;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	void *memory = arena_take(arena, size, _Alignof(max_align_t));

	return memory ? memset(memory, 0, size) : NULL;
}

char *arena_room(struct arena *arena, size_t len)
{
	char *room = arena_take(arena, size_add(len, 1), 1);

	if (room)
		room[len] = '\0';
	return room;
}

char *arena_text(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_room(arena, len);

	return copy ? memcpy(copy, text, len) : NULL;
}
