// SPDX-License-Identifier: GPL-2.0-or-later
/* Which files there are, and what each is good for; see elf_files.h. */
#include "symbolizer/elf_files.h"

#include <string.h>

#include "symbolizer/dwarf_image.h"
#include "symbolizer/elf_debug_file.h"
#include "symbolizer/elf_mini_debug.h"

void elf_files_init(struct elf_files *files)
{
	*files = (struct elf_files){.file.fd = -1, .debug.fd = -1, .mini.fd = -1};
}

void elf_files_fini(struct elf_files *files)
{
	elf_file_fini(&files->file);
	elf_file_fini(&files->debug);
	elf_file_fini(&files->mini);
}

void elf_files_release(struct elf_files *files)
{
	elf_file_release(&files->file);
	elf_file_release(&files->debug);
	elf_file_release(&files->mini);
}

int elf_files_find_debug(struct elf_files *files, const struct elf_files_wish *wish)
{
	bool has_dwarf = wish->dwarf && dwarf_image_worth(&files->file);
	GElf_Shdr header;
	struct elf_debug_wish debug = {
		.source = wish->source,
		.file = &files->file,
		.path = wish->path,
		.places = wish->places,
		.dwarf = wish->dwarf && !has_dwarf,
		.servers = wish->servers,
	};
	int found = 0;

	files->has_symtab = elf_file_section(&files->file, NULL, NULL, SHT_SYMTAB, &header);
	debug.symtab = !files->has_symtab;
	if (!files->file.image && (debug.symtab || debug.dwarf))
		found = elf_debug_file_find(&debug, &files->debug);
	if (has_dwarf)
		files->dwarf = &files->file;
	else if (found > 0 && wish->dwarf && dwarf_image_worth(&files->debug))
		files->dwarf = &files->debug;
	return found < 0 ? found : 0;
}

int elf_files_find_symtab(struct elf_files *files, struct source *source, const char *path,
			  const struct elf_file **ret)
{
	GElf_Shdr header;
	int found = 0;

	*ret = NULL;
	if (files->has_symtab) {
		*ret = &files->file;
	} else if (files->debug.elf &&
		   elf_file_section(&files->debug, NULL, NULL, SHT_SYMTAB, &header)) {
		*ret = &files->debug;
	} else {
		found = elf_mini_debug_open(source, &files->file, path, &files->mini);
		if (found > 0)
			*ret = &files->mini;
	}
	return found < 0 ? found : 0;
}

bool elf_files_identify(const struct elf_files *files, struct source_key *ret)
{
	const struct elf_file *file = &files->file;

	if (!elf_file_stamp(file, &ret->file) ||
	    (files->debug.fd >= 0 && !elf_file_stamp(&files->debug, &ret->debug)))
		return false;
	memcpy(ret->build_id, file->build_id, file->build_id_len);
	ret->build_id_len = (uint32_t)file->build_id_len;
	return true;
}
