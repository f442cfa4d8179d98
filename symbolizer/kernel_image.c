// SPDX-License-Identifier: GPL-2.0-or-later
/* Finding and placing vmlinux; see kernel_image.h. */
#include "symbolizer/kernel_image.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "symbolizer/dwarf_image.h"
#include "symbolizer/elf_symbols.h"
#include "symbolizer/places.h"

/* Real ones have some hundred bytes of notes, 7 MB of names and 200,000 symbols. */
#define MAX_NOTES_BYTES (64U << 10)
#define MAX_NAMES_BYTES (64U << 20)
#define MAX_SYMBOLS	(4U << 20)

/* ---- its build id ---------------------------------------------------------------------------- */

/* The kernel's build id, from the notes that it was linked with (sysfs-kernel-notes). 0: none. */
static size_t kernel_build_id(int notes_fd, uint8_t ret[ELF_BUILD_ID_MAX])
{
	static _Alignas(8) char bytes[MAX_NOTES_BYTES];
	ssize_t len = notes_fd < 0 ? 0 : pread(notes_fd, bytes, sizeof(bytes), 0);
	Elf_Data data = {.d_buf = bytes, .d_type = ELF_T_NHDR, .d_size = len > 0 ? (size_t)len : 0};
	size_t off = 0, next, name_off, id_off;
	GElf_Nhdr note;

	while ((next = gelf_getnote(&data, off, &note, &name_off, &id_off)) > 0) {
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof(ELF_NOTE_GNU) &&
		    !memcmp(bytes + name_off, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)) &&
		    note.n_descsz <= ELF_BUILD_ID_MAX) {
			memcpy(ret, bytes + id_off, note.n_descsz);
			return note.n_descsz;
		}
		off = next;
	}
	return 0;
}

/* ---- where it was loaded --------------------------------------------------------------------- */

/* The file's string table that a section links to, in memory; NULL when there is none to be had. */
static char *read_names(const struct elf_file *file, const GElf_Shdr *symbols, size_t *ret_len)
{
	Elf_Scn *section = elf_getscn(file->elf, symbols->sh_link);
	GElf_Shdr header;
	char *names;

	if (!section || !gelf_getshdr(section, &header) || header.sh_type != SHT_STRTAB ||
	    !header.sh_size || header.sh_size > MAX_NAMES_BYTES)
		return NULL;
	names = malloc(header.sh_size);
	*ret_len = names ? elf_file_read(file, header.sh_offset, names, header.sh_size) : 0;
	return names;
}

/* The address of a symbol; false when the file does not have it. */
static bool find_symbol(const struct elf_file *file, const char *name, uint64_t *ret)
{
	size_t name_len = strlen(name) + 1, names_len;
	struct elf_rows rows;
	GElf_Shdr header;
	GElf_Sym symbol;
	bool found = false;
	char *names;

	if (!elf_file_section(file, NULL, NULL, SHT_SYMTAB, &header))
		return false;
	names = read_names(file, &header, &names_len);
	if (!names)
		return false;
	elf_rows_init(&rows, file, ELF_T_SYM, header.sh_offset, header.sh_size);
	for (size_t i = 0; i < MAX_SYMBOLS && !found && elf_rows_next_symbol(&rows, &symbol); i++) {
		found = symbol.st_name < names_len && names_len - symbol.st_name >= name_len &&
			!memcmp(names + symbol.st_name, name, name_len);
		*ret = symbol.st_value;
	}
	free(names);
	return found;
}

/* ---- the file -------------------------------------------------------------------------------- */

struct search {
	struct source *source;
	uint64_t stext;
	uint8_t id[ELF_BUILD_ID_MAX];
	size_t id_len;
};

/* Looks at one candidate: 1 it is the one, 0 it is not, or -ENOMEM. */
static int try(const struct search *search, const char *path, struct kernel_image *ret)
{
	struct elf_file *file = &ret->file;
	enum symbol_reason reason;
	const struct places host = {.root_fd = -1, .door = search->source->door};
	int fd = places_open(&host, PLACE_HOST, path), err;
	uint64_t stext;

	if (fd < 0)
		return 0;
	err = elf_file_open(file, fd, &reason);
	if (err || reason != SYMBOL_OK || !dwarf_image_worth(file))
		goto refuse;
	if (file->build_id_len != search->id_len ||
	    memcmp(file->build_id, search->id, search->id_len) != 0) {
		err = source_tell(search->source,
				  "%s is not used: its build id is not the kernel's", path);
	} else if (find_symbol(file, "_stext", &stext)) {
		ret->slide = search->stext - stext;
		elf_file_release(file);
		return 1;
	}
refuse:
	elf_file_fini(file);
	return err;
}

int kernel_image_open(struct kernel_image *image, struct source *source, int notes_fd, uint64_t stext)
{
	static const char *const formats[] = {"%s/boot/vmlinux-%s", "%s/lib/modules/%s/vmlinux"};
	struct search search = {.source = source, .stext = stext};
	char path[PATH_MAX];
	struct utsname host;
	int found = 0;

	search.id_len = kernel_build_id(notes_fd, search.id);
	if (!search.id_len || uname(&host))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(formats) && !found; i++) {
		/* No link that the release's name could make leads elsewhere: it has no slash. */
		if ((size_t)snprintf(path, sizeof(path), formats[i], source->options->debug_root,
				     host.release) < sizeof(path))
			found = try(&search, path, image);
	}
	return found;
}

void kernel_image_close(struct kernel_image *image)
{
	elf_file_fini(&image->file);
}
