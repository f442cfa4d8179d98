// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * addr2line FILE ADDRESS...: the functions and source lines at addresses of a program, innermost
 * inlined function first. An example of what the symbolizer is to another program: all that it needs
 * is symbolizer/symbolizer.h, and that is how a profiler calls it, too.
 */
#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "symbolizer/symbolizer.h"

/* The symbolizer is asked for places in files; addresses are where the program headers put them. */
static uint64_t offset_of(int fd, uint64_t addr)
{
	Elf64_Ehdr header = {0};
	Elf64_Phdr segment;

	if (pread(fd, &header, sizeof(header), 0) != sizeof(header))
		return UINT64_MAX;
	for (int i = 0; i < header.e_phnum; i++) {
		off_t at = (off_t)(header.e_phoff + (uint64_t)i * sizeof(segment));

		if (pread(fd, &segment, sizeof(segment), at) == sizeof(segment) &&
		    segment.p_type == PT_LOAD && addr - segment.p_vaddr < segment.p_filesz)
			return addr - segment.p_vaddr + segment.p_offset;
	}
	return UINT64_MAX;
}

static void print(const char *addr, const struct symbol *symbol)
{
	for (size_t f = 0; f < symbol->count; f++) {
		const struct symbol_frame *frame = &symbol->frames[f];

		printf("%s\t%s", f ? "  inlined into" : addr,
		       frame->function ? frame->function : symbol_reason_text(frame->reason));
		if (frame->line)
			printf("\t%s:%" PRIu32, frame->file, frame->line);
		putchar('\n');
	}
}

int main(int argc, char **argv)
{
	struct symbolizer_options options = {.lines = true};
	struct symbol_file file = {.path = argv[1], .root_fd = -1};
	struct symbolizer *symbolizer = symbolizer_new(&options);
	size_t count = argc > 2 ? (size_t)argc - 2 : 0;
	struct symbol *symbols = calloc(count + 1, sizeof(*symbols));
	uint64_t *offs = calloc(count + 1, sizeof(*offs));
	int source;

	if (!count || !symbolizer || !symbols || !offs) {
		fprintf(stderr, "usage: addr2line FILE ADDRESS...\n");
		return 2;
	}
	file.fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	for (size_t i = 0; i < count; i++)
		offs[i] = offset_of(file.fd, strtoull(argv[i + 2], NULL, 16));
	source = symbolizer_add_file(symbolizer, &file);
	if (source < 0 || symbolizer_resolve(symbolizer, source, offs, count, symbols))
		return 1;
	for (size_t i = 0; i < count; i++)
		print(argv[i + 2], &symbols[i]);
	symbolizer_free(symbolizer);
	free(symbols);
	free(offs);
	close(file.fd);
	return 0;
}
