// SPDX-License-Identifier: GPL-2.0-or-later
/* Finding shared debug information; see dwarf_shared.h. */
#include "symbolizer/dwarf_shared.h"

#include <elfutils/libdwelf.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "symbolizer/elf_debug_file.h"
#include "symbolizer/safe_open.h"

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

/* Looks at one candidate: 1 it is the one, 0 it is not, or -ENOMEM. */
__attribute__((format(printf, 4, 5))) static int
try(struct dwarf_shared *shared, const struct link *link, int root_fd, const char *format, ...)
{
	struct elf_file *file = &shared->file;
	enum symbol_reason reason;
	char path[PATH_MAX];
	va_list args;
	int err, len, fd;

	va_start(args, format);
	len = vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	if (len <= 0 || (size_t)len >= sizeof(path))
		return 0;
	fd = root_fd < 0 ? safe_open(path) : safe_open_beneath(root_fd, path, true);
	if (fd < 0)
		return 0;
	err = elf_file_open(file, fd, &reason);
	/* It has sections only, which elsewhere is a sign of damage. */
	if (!err && (reason == SYMBOL_OK || reason == SYMBOL_BAD_ELF) &&
	    file->build_id_len == link->id_len && !memcmp(file->build_id, link->id, link->id_len))
		err = dwarf_image_open(&shared->image, file);
	elf_file_release(file);
	if (err <= 0)
		elf_file_fini(file);
	return err;
}

static int find_by_id(struct dwarf_shared *shared, const struct link *link,
		      const struct dwarf_wish *wish)
{
	char rest[2 * ELF_BUILD_ID_MAX + 1] = "";
	int found;

	for (size_t i = 1; i < link->id_len; i++)
		snprintf(rest + 2 * (i - 1), 3, "%02x", link->id[i]);
	found = try(shared, link, -1, "%s/.build-id/%02x/%s.debug", wish->debug_root, link->id[0],
		    rest);
	if (!found && wish->root_fd >= 0)
		found = try(shared, link, wish->root_fd, "%s/.build-id/%02x/%s.debug",
			    PROCESS_DEBUG_ROOT, link->id[0], rest);
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
	if (wish->root_fd >= 0)
		found = try(shared, link, wish->root_fd, "%s%s", folder, link->name);
	return found ? found : try(shared, link, -1, "%s%s", folder, link->name);
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
	*ret_fleeting |= wish->root_fd >= 0;
	found = find_by_id(shared, &link, wish);
	if (!found)
		found = find_by_name(shared, &link, file, wish);
	*ret_fleeting |= !found;
	if (found <= 0)
		return found;
	shared->dwarf = dwarf_image_begin(&shared->image);
	if (shared->dwarf)
		dwarf_setalt(dwarf, shared->dwarf);
	return 0;
}

void dwarf_shared_close(struct dwarf_shared *shared)
{
	dwarf_end(shared->dwarf);
	dwarf_image_close(&shared->image);
	elf_file_fini(&shared->file);
}
