// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A package of split units, or a .dwo file. Whatever is in it, each unit that it says it has is a
 * file that libdw can read, or is not there; and none of it is read beyond its end.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "symbolizer/dwarf_memory.h"
#include "symbolizer/dwarf_skeleton.h"

#define MAX_TRIED  64
#define MAX_WALKED 1000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct trial {
	const struct dwarf_package *package;
	struct dwarf_skeleton skeleton;
	struct dwarf_split split;
};

static void check(bool right, const char *what)
{
	if (right)
		return;
	fprintf(stderr, "not so: %s\n", what);
	abort();
}

/* Joins the unit, and reads the names of its first entries. */
static int join(void *data)
{
	struct trial *trial = data;
	Dwarf_Die die, child;
	int found = dwarf_split_join(&trial->skeleton, trial->package, &trial->split, &die);

	check(found >= -ENOBUFS && found <= 1, "found or not");
	if (found <= 0 || dwarf_child(&die, &child))
		return 0;
	for (int i = 0; i < MAX_WALKED; i++) {
		const char *name = dwarf_diename(&child);
		Dwarf_Addr base, low, high;

		check(!name || strlen(name) < SIZE_MAX, "a name ends");
		dwarf_ranges(&child, 0, &base, &low, &high);
		if (dwarf_siblingof(&child, &child))
			break;
	}
	return 0;
}

static void try(const struct dwarf_package *package, uint64_t id, Dwarf_Half version)
{
	static const unsigned char addrs[256];
	struct trial trial = {.package = package};

	trial.skeleton = (struct dwarf_skeleton){
		.id = id,
		.version = version,
		.addr_size = 8,
		.name = "unit.dwo",
		.folder = "/",
		.addrs = {addrs, sizeof(addrs)},
		.ranges = {addrs, sizeof(addrs)},
	};
	dwarf_memory_run(join, &trial);
	dwarf_split_close(&trial.split);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dwarf_package package;
	int fd = memfd_create("fuzzed", MFD_CLOEXEC);

	check(fd >= 0 && write(fd, data, size) == (ssize_t)size, "a file in memory");
	if (dwarf_package_open(&package, fd) <= 0)
		return 0;
	/* The ids stand in the index after its header; a .dwo file has any, and libdw looks. */
	try(&package, 1, 5);
	for (size_t i = 0; i < MAX_TRIED && 16 + 8 * (i + 1) <= package.index.len; i++) {
		uint64_t id;

		memcpy(&id, package.index.at + 16 + 8 * i, sizeof(id));
		if (id)
			try(&package, id, i % 2 ? 4 : 5);
	}
	dwarf_package_close(&package);
	return 0;
}
