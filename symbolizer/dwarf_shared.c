// SPDX-License-Identifier: GPL-2.0-or-later
/* Finding shared debug information; see dwarf_shared.h. */
#include "symbolizer/dwarf_shared.h"

#include <elfutils/libdwelf.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "symbolizer/debug_server.h"
#include "symbolizer/dwarf_memory.h"
#include "symbolizer/source.h"

struct link {
	char name[PATH_MAX];
	uint8_t id[ELF_BUILD_ID_MAX];
	size_t id_len;
};

/*
 * Copies the link and wipes it: libdw would follow it by itself, and open whatever is there. False
 * when there is none.
 */
static bool take_link(Dwarf *dwarf, struct link *link)
{
	const char *name;
	const void *id;
	ssize_t len = dwelf_dwarf_gnu_debugaltlink(dwarf, &name, &id);
	size_t name_len;

	if (len <= 0)
		return false;
	*link = (struct link){0};
	name_len = strlen(name);
	if (name_len < sizeof(link->name) && (size_t)len <= sizeof(link->id)) {
		memcpy(link->name, name, name_len);
		memcpy(link->id, id, (size_t)len);
		link->id_len = (size_t)len;
	}
	memset((char *)name, 0, name_len);
	memset((void *)id, 0, (size_t)len);
	return link->id_len > 0;
}

/* Why the file that was just opened is not the one; NULL when it is. */
static const char *objection(const struct elf_file *file, const struct link *link,
			     enum symbol_reason reason)
{
	/* It has sections only, which elsewhere is a sign of damage. */
	if (reason != SYMBOL_OK && reason != SYMBOL_BAD_ELF)
		return symbol_reason_text(reason);
	if (file->build_id_len != link->id_len ||
	    memcmp(file->build_id, link->id, link->id_len) != 0)
		return "its build id is another";
	return NULL;
}

/*
 * Looks at one candidate, and takes over its descriptor: 1 it is the one, 0 it is not, or -ENOMEM.
 * *ret_wrong: why it was refused.
 */
static int look(struct dwarf_shared *shared, const struct link *link, const struct dwarf_wish *wish,
		int fd, const char *path, const char **ret_wrong)
{
	struct elf_file *file = &shared->file;
	enum symbol_reason reason;
	int err = elf_file_open(file, fd, &reason);

	*ret_wrong = err ? NULL : objection(file, link, reason);
	if (!err && !*ret_wrong)
		err = dwarf_image_open(&shared->image, file, UINT64_MAX);
	else if (!err)
		err = source_tell(wish->source, "shared debug file %s of %s is not used: %s", path,
				  wish->path, *ret_wrong);
	elf_file_release(file);
	if (err <= 0)
		elf_file_fini(file);
	return err;
}

/* Tries the path that the format gives, unless it is too long. */
__attribute__((format(printf, 5, 6))) static int
try(struct dwarf_shared *shared, const struct link *link, const struct dwarf_wish *wish,
    enum place place, const char *format, ...)
{
	char path[PATH_MAX];
	const char *wrong;
	va_list args;
	int fd;

	va_start(args, format);
	fd = places_open_format(wish->places, place, path, format, args);
	va_end(args);
	return fd < 0 ? 0 : look(shared, link, wish, fd, path, &wrong);
}

static int find_by_id(struct dwarf_shared *shared, const struct link *link,
		      const struct dwarf_wish *wish)
{
	char rest[2 * ELF_BUILD_ID_MAX + 1] = "";
	int found = 0;

	for (size_t i = 1; i < link->id_len; i++)
		snprintf(rest + 2 * (i - 1), 3, "%02x", link->id[i]);
	for (int place = 0; place < PLACE_COUNT && !found; place++)
		found = try(shared, link, wish, (enum place)place, "%s/.build-id/%02x/%s.debug",
			    places_debug_root(wish->places, (enum place)place), link->id[0], rest);
	return found;
}

/* A relative name starts from the folder of the file that has the link. */
static int find_by_name(struct dwarf_shared *shared, const struct link *link,
			const struct elf_file *file, const struct dwarf_wish *wish)
{
	char folder[PATH_MAX] = "", proc[64];
	int found = 0;
	ssize_t len;

	if (link->name[0] != '/') {
		snprintf(proc, sizeof(proc), "/proc/self/fd/%d", file->fd);
		len = readlink(proc, folder, sizeof(folder) - 1);
		if (len <= 0 || folder[0] != '/')
			return 0;
		folder[len] = '\0';
		*(strrchr(folder, '/') + 1) = '\0';
	}
	for (int place = 0; place < PLACE_COUNT && !found; place++)
		found = try(shared, link, wish, (enum place)place, "%s%s", folder, link->name);
	return found;
}

static int ask_servers(struct dwarf_shared *shared, const struct link *link,
		       const struct dwarf_wish *wish)
{
	const char *wrong = NULL;
	char from[256];
	int found, fd;

	if (!wish->servers)
		return 0;
	fd = debug_server_find(wish->source, link->id, link->id_len, wish->path, from,
			       sizeof(from));
	if (fd < 0)
		return fd == -ENOMEM ? fd : 0;
	found = look(shared, link, wish, fd, from, &wrong);
	if (wrong)
		debug_server_refuse(wish->source, link->id, link->id_len);
	return found;
}

int dwarf_shared_open(struct dwarf_shared *shared, Dwarf *dwarf, const struct elf_file *file,
		      const struct dwarf_wish *wish, bool *ret_fleeting)
{
	struct link link;
	int found;

	*shared = (struct dwarf_shared){.file.fd = -1};
	if (!take_link(dwarf, &link))
		return 0;
	/* A root of a process may hold anything; in that of the host only root can put a file. */
	*ret_fleeting |= wish->places->root_fd >= 0;
	found = find_by_id(shared, &link, wish);
	if (!found)
		found = find_by_name(shared, &link, file, wish);
	if (!found)
		found = ask_servers(shared, &link, wish);
	*ret_fleeting |= !found;
	if (found <= 0)
		return found;
	shared->dwarf = dwarf_image_begin(&shared->image);
	if (shared->dwarf) {
		dwarf_memory_guard(shared->dwarf);
		dwarf_setalt(dwarf, shared->dwarf);
	}
	return 0;
}

void dwarf_shared_close(struct dwarf_shared *shared)
{
	dwarf_end(shared->dwarf);
	dwarf_image_close(&shared->image);
	elf_file_fini(&shared->file);
}
