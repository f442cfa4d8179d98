// SPDX-License-Identifier: GPL-2.0-or-later
/* Looking for split units; see dwarf_split.h. They are joined to their skeletons in dwarf_skeleton.c. */
#include "symbolizer/dwarf_split.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "symbolizer/source.h"

/* What is looked for, and where what is found goes. */
struct split_search {
	struct dwarf_splits *splits;
	const struct dwarf_skeleton *skeleton;
	struct dwarf_split *split;
	Dwarf_Die *ret_die;
};

static void close_unit(struct dwarf_splits *splits)
{
	if (splits->has_unit)
		dwarf_package_close(&splits->unit);
	splits->has_unit = false;
}

/* Tries the .dwo file whose path the format gives, unless it is too long. */
__attribute__((format(printf, 3, 4))) static int try(struct split_search *search, enum place place,
						     const char *format, ...)
{
	struct dwarf_splits *splits = search->splits;
	const struct dwarf_wish *wish = splits->wish;
	char path[PATH_MAX];
	int len, fd, found;
	va_list args;

	va_start(args, format);
	len = vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	if (len <= 0 || (size_t)len >= sizeof(path))
		return 0;
	fd = places_open(wish->places, place, path);
	if (fd < 0)
		return 0;
	found = dwarf_package_open(&splits->unit, fd);
	if (found > 0) {
		splits->has_unit = true;
		found = dwarf_split_join(search->skeleton, &splits->unit, search->split,
					 search->ret_die);
		close_unit(splits);
	}
	if (!found)
		found = source_tell(wish->source, "%s of %s is not used: %s", path, wish->path,
				    "its unit is another, or it is damaged");
	return found;
}

/* Where the compiler put it; then beside the program, by its whole name and its last part. */
static int find_file(struct split_search *search)
{
	const struct dwarf_wish *wish = search->splits->wish;
	const char *name = search->skeleton->name, *folder = search->skeleton->folder;
	const char *last = strrchr(name, '/'), *slash = strrchr(wish->path, '/');
	int len = slash ? (int)(slash - wish->path) : 1, found = 0;
	const char *beside = slash ? wish->path : ".";

	for (int i = 0; i < PLACE_COUNT && !found; i++) {
		enum place place = (enum place)i;

		if (name[0] == '/')
			found = try(search, place, "%s", name);
		else if (folder && folder[0] == '/')
			found = try(search, place, "%s/%s", folder, name);
		if (found || !places_sees(wish->places, place))
			continue;
		if (name[0] != '/')
			found = try(search, place, "%.*s/%s", len, beside, name);
		if (!found && last)
			found = try(search, place, "%.*s%s", len, beside, last);
	}
	return found;
}

/* Opens the first package that there is, beside the program or the file that has its DWARF. */
static int open_package(struct dwarf_splits *splits)
{
	const struct dwarf_wish *wish = splits->wish;
	char path[PATH_MAX], own[PATH_MAX - 8], proc[64];
	int fd = -ENOENT;
	ssize_t len;

	snprintf(path, sizeof(path), "%s.dwp", wish->path);
	for (int place = 0; place < PLACE_COUNT && fd < 0; place++)
		if (places_sees(wish->places, (enum place)place))
			fd = places_open(wish->places, (enum place)place, path);
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", splits->file->fd);
	len = fd < 0 ? readlink(proc, own, sizeof(own)) : 0;
	if (len > 0 && (size_t)len < sizeof(own)) {
		snprintf(path, sizeof(path), "%.*s.dwp", (int)len, own);
		fd = places_open(wish->places, PLACE_HOST, path);
	}
	return fd < 0 ? 0 : dwarf_package_open(&splits->package, fd);
}

static int find_in_package(struct split_search *search)
{
	struct dwarf_splits *splits = search->splits;
	int found;

	if (!splits->searched) {
		splits->searched = true;
		found = open_package(splits);
		if (found < 0)
			return found;
		splits->has_package = found;
	}
	return splits->has_package ? dwarf_split_join(search->skeleton, &splits->package,
						      search->split, search->ret_die)
				   : 0;
}

int dwarf_split_open(struct dwarf_splits *splits, Dwarf_CU *skeleton_cu, Dwarf_Die *skeleton_die,
		     struct dwarf_split *split, Dwarf_Die *ret_die)
{
	struct dwarf_skeleton skeleton;
	struct split_search search = {splits, &skeleton, split, ret_die};
	int found;

	*split = (struct dwarf_split){0};
	if (!dwarf_skeleton_read(splits->image, skeleton_cu, skeleton_die, &skeleton))
		return 0;
	found = find_in_package(&search);
	if (!found)
		found = find_file(&search);
	if (!found && !splits->nr_missing++)
		snprintf(splits->first_missing, sizeof(splits->first_missing), "%s", skeleton.name);
	return found;
}

void dwarf_splits_init(struct dwarf_splits *splits, const struct dwarf_wish *wish,
		       const struct elf_file *file, const struct dwarf_image *image)
{
	*splits = (struct dwarf_splits){.wish = wish, .file = file, .image = image};
}

int dwarf_splits_fini(struct dwarf_splits *splits)
{
	int err = 0;

	if (splits->nr_missing)
		err = source_tell(splits->wish->source,
				  "%s: debug information of %zu of its units was not found: "
				  "neither %s nor a .dwp file",
				  splits->wish->path, splits->nr_missing, splits->first_missing);
	close_unit(splits);
	if (splits->has_package)
		dwarf_package_close(&splits->package);
	*splits = (struct dwarf_splits){0};
	return err;
}
