// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check_cfi FILE...: compares the table of each ELF file with libdw, see
 * tests/unit/unwind_oracle.h, and prints a line for each. Files that are no
 * ELF files, or have no call-frame information, are passed over. Exit status 1
 * when anything differs.
 */
#include "tests/unit/unwind_oracle.h"

/* Returns whether the file is as it should be. */
static bool check_file(const char *path, uint64_t *rows, uint64_t *other)
{
	struct oracle oracle = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err = fd < 0 ? -errno : oracle_check(fd, path, &oracle);

	if (fd >= 0)
		close(fd);
	if (err == -ENOEXEC || err == -ENOENT)
		return true;
	if (err) {
		printf("%s: %s\n", path, strerror(-err));
		return false;
	}
	printf("%s: %u rows, %u other, %" PRIu64 " damaged, %" PRIu64 " compared, %" PRIu64
	       " differ\n",
	       path, oracle.table.nr_rows, oracle.table.nr_other, oracle.table.damaged,
	       oracle.checked, oracle.differences);
	*rows += oracle.table.nr_rows;
	*other += oracle.table.nr_other;
	oracle_fini(&oracle);
	return !oracle.differences;
}

int main(int argc, char **argv)
{
	uint64_t rows = 0, other = 0;
	int bad = 0;

	for (int i = 1; i < argc; i++)
		bad += !check_file(argv[i], &rows, &other);
	printf("%d files, %d of them bad, %" PRIu64 " rows, %" PRIu64 " other\n", argc - 1, bad,
	       rows, other);
	return bad > 0;
}
