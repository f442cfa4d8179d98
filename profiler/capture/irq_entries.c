// SPDX-License-Identifier: GPL-2.0-or-later
/* Finding the entries by their names; see irq_entries.h. */
#include "profiler/capture/irq_entries.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"

/*
 * Names begin like this: x86-64's entries (arch/x86/include/asm/idtentry.h) and arm64's vectors
 * (arch/arm64/kernel/entry.S).
 */
static const char *const prefixes[] = {
	"asm_sysvec_", "asm_common_interrupt", "asm_spurious_interrupt",
	"el1h_64_irq", "el1h_64_fiq",	       "el0t_64_irq",
	"el0t_64_fiq",
};

/* An entry is shorter than this: two that are not farther apart are one range. */
#define ENTRY_BYTES 64

static int compare(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

static bool is_entry(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	}
	return false;
}

#define ENTRIES_MAX 256

/* Addresses of all entries, ascending. */
static size_t read_entries(uint64_t addrs[ENTRIES_MAX])
{
	FILE *file = fopen("/proc/kallsyms", "re");
	char *line = NULL;
	size_t size = 0, count = 0;

	while (file && count < ENTRIES_MAX && getline(&line, &size, file) > 0) {
		char *name = strchr(line, ' ');
		uint64_t addr;

		name = name ? strchr(name + 1, ' ') : NULL;
		if (!name || !is_entry(name + 1))
			continue;
		addr = strtoull(line, NULL, 16);
		if (addr)
			addrs[count++] = addr;
	}
	free(line);
	if (file)
		fclose(file);
	qsort(addrs, count, sizeof(*addrs), compare);
	return count;
}

size_t irq_entries(uint64_t *from, uint64_t *to, size_t max)
{
	uint64_t addrs[ENTRIES_MAX];
	size_t count = read_entries(addrs), ranges = 0;

	for (size_t i = 0; i < count; i++) {
		if (ranges && addrs[i] <= to[ranges - 1]) {
			to[ranges - 1] = addrs[i] + ENTRY_BYTES;
			continue;
		}
		if (ranges == max)
			break;
		from[ranges] = addrs[i];
		to[ranges++] = addrs[i] + ENTRY_BYTES;
	}
	return ranges;
}
