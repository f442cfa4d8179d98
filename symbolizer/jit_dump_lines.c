// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lines of generated code, from the debug records of a jitdump: entries of an
 * address, a line, a discriminator and a file, ascending by address. A file of
 * "\377" is that of the entry before.
 */
#include <stdlib.h>
#include <string.h>

#include "symbolizer/jit_dump.h"
#include "symbolizer/jit_dump_file.h"

struct line_entry {
	uint64_t addr;
	int32_t line, discriminator;
	/* file name, NUL */
};

#define SAME_FILE "\377"

/* The text at `off`, cut to `size`, and the offset behind its end; false when it has none. */
static bool read_text(struct dump_file *file, uint64_t *off, uint64_t end, char *text, size_t size)
{
	size_t used = 0;
	char c;

	do {
		if (*off >= end || !dump_file_read(file, (*off)++, &c, 1))
			return false;
		if (used + 1 < size || !c)
			text[used++] = c;
	} while (c);
	return true;
}

bool jit_dump_line(const struct jit_dump *dump, uint32_t entry, uint64_t addr, char *file,
		   size_t file_size, uint32_t *ret_line)
{
	const struct jit_dump_code *code = &dump->codes[entry];
	uint64_t off = code->lines_off, end = code->lines_end;
	uint64_t wanted = addr - dump->index.ranges[entry].start + code->loaded_at;
	struct dump_file in = {.fd = dump->fd};
	char name[JIT_DUMP_NAME_MAX];
	struct line_entry line;
	uint32_t found = 0;

	file[0] = '\0';
	name[0] = '\0';
	for (size_t i = 0; i < JIT_DUMP_LINES_MAX && off < end; i++) {
		char text[JIT_DUMP_NAME_MAX];

		if (end - off < sizeof(line) || !dump_file_read(&in, off, &line, sizeof(line)))
			break;
		off += sizeof(line);
		if (!read_text(&in, &off, end, text, sizeof(text)) || line.addr > wanted)
			break;
		if (strcmp(text, SAME_FILE))
			strcpy(name, text);
		found = line.line > 0 ? (uint32_t)line.line : 0;
	}
	strncat(file, name, file_size - 1);
	*ret_line = found;
	return found && *name;
}
