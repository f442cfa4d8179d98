// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preloaded: the allocation number $NO_MEMORY_AT that libdw makes finds no memory, once. How many it
 * made is written to the file $NO_MEMORY_COUNT at the end.
 *
 * As malloc() of glibc has it, what was allocated and freed by somebody else just before is there to
 * be had: the program makes use of that (symbolizer/dwarf_memory.h).
 */
#include <errno.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

#define RESERVE (64 * 1024)

static uintptr_t libdw_start, libdw_end;
static unsigned long count, at;
static size_t reserve;

static int find_libdw(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)size;
	(void)data;
	if (!strstr(info->dlpi_name, "libdw"))
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];

		if (header->p_type == PT_LOAD && header->p_flags & PF_X) {
			libdw_start = info->dlpi_addr + header->p_vaddr;
			libdw_end = libdw_start + header->p_memsz;
		}
	}
	return 1;
}

__attribute__((constructor)) static void begin(void)
{
	dl_iterate_phdr(find_libdw, NULL);
	at = getenv("NO_MEMORY_AT") ? strtoul(getenv("NO_MEMORY_AT"), NULL, 10) : 0;
}

__attribute__((destructor)) static void end(void)
{
	const char *path = getenv("NO_MEMORY_COUNT");
	FILE *file = path ? fopen(path, "w") : NULL;

	if (file) {
		fprintf(file, "%lu\n", count);
		fclose(file);
	}
}

static bool fails(const void *caller, size_t size)
{
	uintptr_t from = (uintptr_t)caller;

	bool ours = from < libdw_start || from >= libdw_end, reserved = size <= reserve;

	reserve = ours && size == RESERVE ? size : reserved ? reserve - size : 0;
	if (ours || reserved || ++count != at)
		return 0;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return fails(__builtin_return_address(0), size) ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return fails(__builtin_return_address(0), n * size) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
	return fails(__builtin_return_address(0), size) ? NULL : __libc_realloc(old, size);
}
