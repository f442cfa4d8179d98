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

/*
 * x86-64's are shorter than this, and two that are not farther apart are one range. arm64's save all
 * registers first and are longer: they reach to the next symbol, which is another vector.
 */
#define ENTRY_BYTES	64
#define ENTRY_BYTES_MAX 4096

struct entry {
	uint64_t from, to;
};

static int compare(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	return a->from < b->from ? -1 : a->from > b->from;
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

/* The first symbol behind an entry ends it; the file is sorted by address, but for modules. */
static void end_before(struct entry *entry, uint64_t addr)
{
	if (addr > entry->to && addr - entry->from <= ENTRY_BYTES_MAX)
		entry->to = addr;
}

/* All entries, ascending. */
static size_t read_entries(FILE *file, struct entry entries[ENTRIES_MAX])
{
	char *line = NULL;
	size_t size = 0, count = 0;
	bool open = false; /* the last one has no end yet */

	while (count < ENTRIES_MAX && getline(&line, &size, file) > 0) {
		char *name = strchr(line, ' ');
		uint64_t addr = strtoull(line, NULL, 16);

		name = name ? strchr(name + 1, ' ') : NULL;
		if (open && addr != entries[count - 1].from) {
			end_before(&entries[count - 1], addr);
			open = false;
		}
		if (!name || !addr || !is_entry(name + 1))
			continue;
		if (!open)
			entries[count++] = (struct entry){addr, addr + ENTRY_BYTES};
		open = true;
	}
	free(line);
	qsort(entries, count, sizeof(*entries), compare);
	return count;
}

size_t irq_entries_read(FILE *file, uint64_t *from, uint64_t *to, size_t max)
{
	struct entry entries[ENTRIES_MAX] = {{0}};
	size_t count = read_entries(file, entries), ranges = 0;

	for (size_t i = 0; i < count; i++) {
		if (ranges && entries[i].from <= to[ranges - 1]) {
			to[ranges - 1] = entries[i].to;
			continue;
		}
		if (ranges == max)
			break;
		from[ranges] = entries[i].from;
		to[ranges++] = entries[i].to;
	}
	return ranges;
}

size_t irq_entries(uint64_t *from, uint64_t *to, size_t max)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	size_t ranges;

	if (!file)
		return 0;
	ranges = irq_entries_read(file, from, to, max);
	fclose(file);
	return ranges;
}
