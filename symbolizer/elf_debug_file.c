// SPDX-License-Identifier: GPL-2.0-or-later
/* Finding and checking separate debug files; see elf_debug_file.h. */
#include "symbolizer/elf_debug_file.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "symbolizer/safe_open.h"

/* Checking the CRC reads the whole file; nobody shall make us read holes for hours. */
#define MAX_CRC_BYTES (4ULL << 30)

struct search {
	struct source *source;
	const struct elf_file *file;
	const char *path;
	int root_fd;
	char link[NAME_MAX + 1]; /* from .gnu_debuglink; empty without one */
	uint32_t crc;
	bool by_link; /* the candidate at hand was found by its name, not by its build id */
};

/*
 * .gnu_debuglink: a base name with its NUL, padding to 4 bytes, the CRC-32 of the debug file in
 * the file's byte order (gdb manual, "Separate Debug Files").
 */
static void read_link(struct search *search)
{
	const struct elf_file *file = search->file;
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

/* The symbols of one name the code of the other only if both lie at the same addresses. */
static bool same_layout(const struct elf_file *a, const struct elf_file *b)
{
	const struct elf_segment *code_a = code_segment(a), *code_b = code_segment(b);

	return a->header.e_machine == b->header.e_machine &&
	       a->header.e_ident[EI_CLASS] == b->header.e_ident[EI_CLASS] && code_a && code_b &&
	       code_a->vaddr == code_b->vaddr;
}

/* Why the candidate is not the file's debug file; NULL when it is. */
static const char *objection(const struct search *search, const struct elf_file *candidate)
{
	const struct elf_file *file = search->file;
	bool both_ids = file->build_id_len && candidate->build_id_len;

	if (file->build_id_len != candidate->build_id_len ||
	    memcmp(file->build_id, candidate->build_id, file->build_id_len) != 0)
		if (both_ids || !search->by_link)
			return "its build id is another";
	if (search->by_link && candidate->len > MAX_CRC_BYTES)
		return "it is too large to check its CRC";
	if (search->by_link && crc_of(candidate) != search->crc)
		return "its CRC is not the one in .gnu_debuglink";
	if (!same_layout(file, candidate))
		return "its layout is another";
	return NULL;
}

static bool same_file(const struct elf_file *a, const struct elf_file *b)
{
	struct stat st_a, st_b;

	return a->fd >= 0 && !fstat(a->fd, &st_a) && !fstat(b->fd, &st_b) &&
	       st_a.st_dev == st_b.st_dev && st_a.st_ino == st_b.st_ino;
}

/* Looks at one candidate: 1 it is the one, 0 it is not, or -ENOMEM. */
static int try(const struct search *search, int root_fd, const char *path, struct elf_file *ret)
{
	int fd = root_fd < 0 ? safe_open(path) : safe_open_beneath(root_fd, path, true);
	enum symbol_reason reason;
	const char *wrong = NULL;
	GElf_Shdr symbols;
	int err;

	if (fd < 0)
		return 0;
	err = elf_file_open(ret, fd, &reason);
	if (err || reason != SYMBOL_OK || same_file(search->file, ret))
		goto refuse;
	wrong = objection(search, ret);
	if (!wrong && elf_file_section(ret, NULL, NULL, SHT_SYMTAB, &symbols))
		return 1;
	if (wrong)
		err = source_tell(search->source, "debug file %s of %s is not used: %s", path,
				  search->path, wrong);
refuse:
	elf_file_fini(ret);
	return err;
}

/* Tries the path that the format gives, unless it is too long. */
__attribute__((format(printf, 4, 5))) static int
try_format(const struct search *search, int root_fd, struct elf_file *ret, const char *format, ...)
{
	char path[PATH_MAX];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	return len > 0 && (size_t)len < sizeof(path) ? try(search, root_fd, path, ret) : 0;
}

static int find_by_build_id(struct search *search, struct elf_file *ret)
{
	const struct elf_file *file = search->file;
	char rest[2 * ELF_BUILD_ID_MAX + 1] = "";
	int found;

	if (file->build_id_len < 2)
		return 0;
	for (size_t i = 1; i < file->build_id_len; i++)
		snprintf(rest + 2 * (i - 1), 3, "%02x", file->build_id[i]);
	found = try_format(search, -1, ret, "%s/.build-id/%02x/%s.debug",
			   search->source->options->debug_root, file->build_id[0], rest);
	if (!found && search->root_fd >= 0)
		found = try_format(search, search->root_fd, ret, "%s/.build-id/%02x/%s.debug",
				   PROCESS_DEBUG_ROOT, file->build_id[0], rest);
	return found;
}

static int find_by_link(struct search *search, struct elf_file *ret)
{
	const char *slash = strrchr(search->path, '/');
	int folder_len = slash ? (int)(slash - search->path) : 1;
	const char *folder = slash ? search->path : ".";
	const char *debug = search->source->options->debug_root;
	int root = search->root_fd;
	int found;

	search->by_link = true;
	found = try_format(search, root, ret, "%.*s/%s", folder_len, folder, search->link);
	if (!found)
		found = try_format(search, root, ret, "%.*s/.debug/%s", folder_len, folder,
				   search->link);
	if (!found && root >= 0)
		found = try_format(search, root, ret, "%s/%.*s/%s", PROCESS_DEBUG_ROOT, folder_len,
				   folder, search->link);
	if (!found)
		found = try_format(search, -1, ret, "%s/%.*s/%s", debug, folder_len, folder,
				   search->link);
	return found;
}

int elf_debug_file_find(struct source *source, const struct elf_file *file, const char *path,
			int root_fd, struct elf_file *ret)
{
	struct search search = {
		.source = source,
		.file = file,
		.path = path,
		.root_fd = root_fd,
	};
	int found = find_by_build_id(&search, ret);

	if (found)
		return found;
	read_link(&search);
	return search.link[0] ? find_by_link(&search, ret) : 0;
}
