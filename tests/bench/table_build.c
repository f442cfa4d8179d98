// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * table_build FILE...: how long it takes to build the table of a file, the
 * median of some, and how long libdw takes to answer once for each of its rows.
 * Prints for each file: rows, bytes a row, ms, libdw's ms, and how many times
 * as long that is. Files without call-frame information are passed over.
 */
#include <elfutils/libdw.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#include "profiler/unwind/table/table.h"

#define ROUNDS 15

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* The table of the last round is the caller's. */
static int measure_ours(int fd, struct unwind_table *ret_table, double *ret_ms)
{
	double rounds[ROUNDS];
	int err = 0;

	for (size_t i = 0; i < ROUNDS && !err; i++) {
		double started = now_ms();

		if (i)
			unwind_table_fini(ret_table);
		err = unwind_table_build(fd, ret_table);
		rounds[i] = now_ms() - started;
	}
	qsort(rounds, ROUNDS, sizeof(rounds[0]), by_value);
	*ret_ms = rounds[ROUNDS / 2];
	return err;
}

/* Reading the file included, as above; 0 when libdw has no answers. */
static double measure_libdw(int fd, const struct unwind_table *table)
{
	const struct unwind_row *rows =
		(const struct unwind_row *)(table->units + table->nr_units - table->nr_rows);
	double started = now_ms();
	Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
	Dwarf_CFI *cfi = elf ? dwarf_getcfi_elf(elf) : NULL;

	for (size_t i = 0; cfi && i < table->nr_rows; i++) {
		Dwarf_Frame *frame;

		if (!dwarf_cfi_addrframe(cfi, table->base + rows[i].addr, &frame))
			free(frame);
	}
	if (!cfi)
		started = now_ms();
	dwarf_cfi_end(cfi);
	elf_end(elf);
	return now_ms() - started;
}

static void measure(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct unwind_table table;
	double ours = 0, theirs;
	int err = fd < 0 ? -errno : measure_ours(fd, &table, &ours);

	if (err) {
		printf("%s: %s\n", path, strerror(-err));
	} else {
		theirs = measure_libdw(fd, &table);
		printf("%s: %u rows, %.2f bytes a row, %.2f ms, libdw %.2f ms, ratio %.1f\n", path,
		       table.nr_rows, (double)(table.nr_units * UNWIND_UNIT_BYTES) / table.nr_rows,
		       ours, theirs, theirs / ours);
		unwind_table_fini(&table);
	}
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	elf_version(EV_CURRENT);
	for (int i = 1; i < argc; i++)
		measure(argv[i]);
	return 0;
}
