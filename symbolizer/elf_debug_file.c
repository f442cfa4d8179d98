// SPDX-License-Identifier: GPL-2.0-or-later
/* Finding and checking separate debug files; see elf_debug_file.h. */
#include "symbolizer/elf_debug_file.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "symbolizer/debug_server.h"
#include "symbolizer/dwarf_image.h"

/* Checking the CRC reads the whole file; nobody shall make us read holes for hours. */
#define MAX_CRC_BYTES (4ULL << 30)

struct search {
	const struct elf_debug_wish *wish;
	char link[NAME_MAX + 1]; /* from .gnu_debuglink; empty without one */
	uint32_t crc;
	bool by_link;	     /* the candidate at hand was found by that name */
	struct elf_file some; /* the first that has only some of what is needed; fd -1: none */
};

/*
 * .gnu_debuglink: a base name with its NUL, padding to 4 bytes, the CRC-32 of the debug file in
 * the file's byte order (gdb manual, "Separate Debug Files").
 */
static void read_link(struct search *search)
{
	const struct elf_file *file = search->wish->file;
	unsigned char bytes[NAME_MAX + 8];
	const unsigned char *crc;
	GElf_Shdr header;
	size_t len, end;

	if (!elf_file_section(file, NULL, ".gnu_debuglink", SHT_PROGBITS, &header))
		return;
	len = header.sh_size < sizeof(bytes) ? (size_t)header.sh_size : sizeof(bytes);
	len = elf_file_read(file, header.sh_offset, bytes, len);
	end = strnlen((char *)bytes, len);
	crc = bytes + ((end + 4) & ~(size_t)3);
	if (!end || end > NAME_MAX || crc + 4 > bytes + len || memchr(bytes, '/', end))
		return;
	memcpy(search->link, bytes, end + 1);
	if (file->header.e_ident[EI_DATA] == ELFDATA2LSB)
		search->crc = crc[0] | crc[1] << 8 | crc[2] << 16 | (uint32_t)crc[3] << 24;
	else
		search->crc = crc[3] | crc[2] << 8 | crc[1] << 16 | (uint32_t)crc[0] << 24;
}

static uint32_t crc_of(const struct elf_file *file)
{
	unsigned char piece[32 * 1024];
	uint64_t off = 0;
	uLong crc = crc32(0, NULL, 0);
	size_t len;

	while ((len = elf_file_read(file, off, piece, sizeof(piece)))) {
		crc = crc32(crc, piece, (uInt)len);
		off += len;
	}
	return (uint32_t)crc;
}

static const struct elf_segment *code_segment(const struct elf_file *file)
{
	for (size_t i = 0; i < file->nr_segments; i++)
		if (file->segments[i].executable)
			return &file->segments[i];
	return NULL;
}

bool elf_debug_same_layout(const struct elf_file *a, const struct elf_file *b)
{
	const struct elf_segment *code_a = code_segment(a), *code_b = code_segment(b);

	return a->header.e_machine == b->header.e_machine &&
	       a->header.e_ident[EI_CLASS] == b->header.e_ident[EI_CLASS] && code_a && code_b &&
	       code_a->vaddr == code_b->vaddr;
}

/* Why the candidate is not the file's debug file; NULL when it is. */
static const char *objection(const struct search *search, const struct elf_file *candidate)
{
	const struct elf_file *file = search->wish->file;
	bool both_ids = file->build_id_len && candidate->build_id_len;

	if (file->build_id_len != candidate->build_id_len ||
	    memcmp(file->build_id, candidate->build_id, file->build_id_len) != 0)
		if (both_ids || !search->by_link)
			return "its build id is another";
	if (search->by_link && candidate->len > MAX_CRC_BYTES)
		return "it is too large to check its CRC";
	if (search->by_link && crc_of(candidate) != search->crc)
		return "its CRC is not the one in .gnu_debuglink";
	if (!elf_debug_same_layout(file, candidate))
		return "its layout is another";
	return NULL;
}

static bool same_file(const struct elf_file *a, const struct elf_file *b)
{
	struct stat st_a, st_b;

	return a->fd >= 0 && !fstat(a->fd, &st_a) && !fstat(b->fd, &st_b) &&
	       st_a.st_dev == st_b.st_dev && st_a.st_ino == st_b.st_ino;
}

/* Keeps a candidate that belongs to the file: 1 it has all that is needed, else 0. */
static int keep(struct search *search, struct elf_file *candidate, struct elf_file *ret)
{
	const struct elf_debug_wish *wish = search->wish;
	GElf_Shdr header;
	bool symtab = elf_file_section(candidate, NULL, NULL, SHT_SYMTAB, &header);
	bool dwarf = dwarf_image_worth(candidate);

	if ((symtab || !wish->symtab) && (dwarf || !wish->dwarf)) {
		*ret = *candidate;
		return 1;
	}
	if (((symtab && wish->symtab) || (dwarf && wish->dwarf)) && search->some.fd < 0)
		search->some = *candidate;
	else
		elf_file_fini(candidate);
	return 0;
}

/*
 * Looks at one candidate, and takes over its descriptor: 1 it is the one, 0 it is not, or -ENOMEM.
 * *ret_wrong: why it was refused.
 */
static int look(struct search *search, int fd, const char *path, struct elf_file *ret,
		const char **ret_wrong)
{
	enum symbol_reason reason;
	struct elf_file candidate;
	int err;

	*ret_wrong = NULL;
	err = elf_file_open(&candidate, fd, &reason);
	if (!err && same_file(search->wish->file, &candidate))
		goto refuse;
	if (!err && reason != SYMBOL_OK)
		*ret_wrong = symbol_reason_text(reason);
	else if (!err)
		*ret_wrong = objection(search, &candidate);
	if (!err && !*ret_wrong)
		return keep(search, &candidate, ret);
	if (!err)
		err = source_tell(search->wish->source, "debug file %s of %s is not used: %s", path,
				  search->wish->path, *ret_wrong);
refuse:
	elf_file_fini(&candidate);
	return err;
}

/* Tries the path that the format gives, unless it is too long. */
__attribute__((format(printf, 4, 5))) static int
try(struct search *search, enum place place, struct elf_file *ret, const char *format, ...)
{
	char path[PATH_MAX];
	const char *wrong;
	va_list args;
	int fd;

	va_start(args, format);
	fd = places_open_format(search->wish->places, place, path, format, args);
	va_end(args);
	return fd < 0 ? 0 : look(search, fd, path, ret, &wrong);
}

static int find_by_build_id(struct search *search, enum place place, struct elf_file *ret)
{
	const struct elf_file *file = search->wish->file;
	char rest[2 * ELF_BUILD_ID_MAX + 1] = "";

	if (file->build_id_len < 2)
		return 0;
	for (size_t i = 1; i < file->build_id_len; i++)
		snprintf(rest + 2 * (i - 1), 3, "%02x", file->build_id[i]);
	return try(search, place, ret, "%s/.build-id/%02x/%s.debug",
		   places_debug_root(search->wish->places, place), file->build_id[0], rest);
}

static int find_by_link(struct search *search, enum place place, struct elf_file *ret)
{
	const struct elf_debug_wish *wish = search->wish;
	const char *slash = strrchr(wish->path, '/');
	int folder_len = slash ? (int)(slash - wish->path) : 1;
	const char *folder = slash ? wish->path : ".";
	int found = 0;

	if (!search->link[0])
		return 0;
	search->by_link = true;
	if (places_sees(wish->places, place)) {
		found = try(search, place, ret, "%.*s/%s", folder_len, folder, search->link);
		if (!found)
			found = try(search, place, ret, "%.*s/.debug/%s", folder_len, folder,
				    search->link);
	}
	if (!found)
		found = try(search, place, ret, "%s/%.*s/%s", places_debug_root(wish->places, place),
			    folder_len, folder, search->link);
	search->by_link = false;
	return found;
}

static int ask_servers(struct search *search, struct elf_file *ret)
{
	const struct elf_debug_wish *wish = search->wish;
	const char *wrong = NULL;
	char from[256];
	int found, fd;

	if (!wish->servers || wish->file->build_id_len < 2)
		return 0;
	fd = debug_server_find(wish->source, wish->file->build_id, wish->file->build_id_len,
			       wish->path, from, sizeof(from));
	if (fd < 0)
		return fd == -ENOMEM ? fd : 0;
	found = look(search, fd, from, ret, &wrong);
	if (wrong)
		debug_server_refuse(wish->source, wish->file->build_id, wish->file->build_id_len);
	return found;
}

int elf_debug_file_find(const struct elf_debug_wish *wish, struct elf_file *ret)
{
	struct search search = {.wish = wish, .some.fd = -1};
	int found = 0;

	read_link(&search);
	if (wish->path[0] == '/')
		found = try(&search, PLACE_SYMFS, ret, "%s", wish->path);
	for (int place = 0; place < PLACE_COUNT && !found; place++) {
		found = find_by_build_id(&search, (enum place)place, ret);
		if (!found)
			found = find_by_link(&search, (enum place)place, ret);
	}
	if (!found)
		found = ask_servers(&search, ret);
	if (!found && search.some.fd >= 0) {
		*ret = search.some;
		return 1;
	}
	elf_file_fini(&search.some);
	return found;
}
