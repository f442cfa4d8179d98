// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * symbols FILE COUNT: prints COUNT random addresses of a file's .text, ascending.
 * symbols FILE: names the addresses on standard input as `addr2line -afiC -e FILE` does.
 * symbols -n FILE: without demangling names, as `addr2line -afi` does.
 */
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbolizer/elf_file.h"
#include "symbolizer/symbolizer.h"

static int by_addr(const void *a_, const void *b_)
{
	const uint64_t *a = a_, *b = b_;

	return (*a > *b) - (*a < *b);
}

static uint64_t *allocate(size_t count)
{
	uint64_t *addrs = calloc(count + 1, sizeof(*addrs));

	if (!addrs)
		exit(1);
	return addrs;
}

static int print_addrs(const struct elf_file *file, size_t count)
{
	uint64_t *addrs = allocate(count), state = 1;
	GElf_Shdr text;

	if (!elf_file_section(file, NULL, ".text", SHT_PROGBITS, &text) || !text.sh_size)
		return 1;
	for (size_t i = 0; i < count; i++) {
		state = state * 6364136223846793005 + 1442695040888963407;
		addrs[i] = text.sh_addr + (state >> 16) % text.sh_size;
	}
	qsort(addrs, count, sizeof(*addrs), by_addr);
	for (size_t i = 0; i < count; i++)
		printf("0x%" PRIx64 "\n", addrs[i]);
	free(addrs);
	return 0;
}

static size_t read_addrs(uint64_t **ret)
{
	size_t count = 0, cap = 1 << 20;
	uint64_t *addrs = allocate(cap);

	while (count < cap && scanf("%" SCNx64, &addrs[count]) == 1)
		count++;
	*ret = addrs;
	return count;
}

static void print_symbol(uint64_t addr, const struct symbol *symbol)
{
	printf("0x%016" PRIx64 "\n", addr);
	for (size_t f = 0; f < symbol->count; f++) {
		const struct symbol_frame *frame = &symbol->frames[f];

		printf("%s\n%s:%u\n", frame->function ? frame->function : "??",
		       frame->file ? frame->file : "??", frame->line);
	}
}

static int name_addrs(const struct elf_file *file, const char *path, enum demangle_style demangle)
{
	struct symbolizer_options options = {.lines = true, .demangle = demangle};
	struct symbolizer *symbolizer = symbolizer_new(&options);
	struct symbol_file added = {.fd = file->fd, .path = path, .root_fd = -1};
	uint64_t *addrs;
	size_t count = read_addrs(&addrs);
	uint64_t *offs = allocate(count);
	struct symbol *symbols = calloc(count + 1, sizeof(*symbols));
	int source;

	if (!symbolizer || !symbols)
		return 1;
	for (size_t i = 0; i < count; i++) {
		const struct elf_segment *segment = elf_file_segment_at_addr(file, addrs[i]);

		offs[i] = segment ? addrs[i] - segment->vaddr + segment->off : UINT64_MAX;
	}
	source = symbolizer_add_file(symbolizer, &added);
	if (source < 0 || symbolizer_resolve(symbolizer, source, offs, count, symbols))
		return 1;
	for (size_t i = 0; i < count; i++)
		print_symbol(addrs[i], &symbols[i]);
	free(addrs);
	free(offs);
	free(symbols);
	symbolizer_free(symbolizer);
	return 0;
}

int main(int argc, char **argv)
{
	enum symbol_reason reason;
	bool plain = argc > 2 && !strcmp(argv[1], "-n");
	struct elf_file file;
	int fd, status;

	argc -= plain;
	argv += plain;
	if (argc < 2) {
		fprintf(stderr, "usage: symbols [-n] FILE [COUNT]\n");
		return 2;
	}
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || elf_file_open(&file, fd, &reason) || reason != SYMBOL_OK) {
		fprintf(stderr, "symbols: %s cannot be read\n", argv[1]);
		return 1;
	}
	status = argc > 2 ? print_addrs(&file, strtoul(argv[2], NULL, 10))
			  : name_addrs(&file, argv[1], plain ? DEMANGLE_NONE : DEMANGLE_FULL);
	elf_file_fini(&file);
	return status;
}
