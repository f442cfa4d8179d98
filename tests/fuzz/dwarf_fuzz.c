// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An ELF file with debug information. Whatever is in it, every address gets an answer: with lines
 * and inlined functions, and the same function without them.
 */
#include "fuzz.h"

#include "profiler/model/frame_kind.h"

#define ASKED 512

static struct symbolizer *name(int fd, bool dwarf, const uint64_t *offs, struct symbol *ret)
{
	struct symbolizer_options options = {
		.lines = dwarf,
		.no_inline = !dwarf,
		.debug_root = "/nonexistent",
	};
	struct symbol_file file = {.fd = fd, .path = "fuzzed", .root_fd = -1};
	struct symbolizer *symbolizer = symbolizer_new(&options);
	int source = symbolizer ? symbolizer_add_file(symbolizer, &file) : -1;

	check(source >= 0 && !symbolizer_resolve(symbolizer, source, offs, ASKED, ret), "answers");
	return symbolizer;
}

static void compare(const struct symbol *with, const struct symbol *without)
{
	const struct symbol_frame *holder = &with->frames[with->count - 1];

	check(without->count == 1, "one frame without inlined functions");
	check(holder->kind != FRAME_INLINED, "the last frame holds the code");
	check(!holder->function == !without->frames->function, "named or not");
	if (holder->function)
		check(!strcmp(holder->function, without->frames->function), "the same name");
	for (size_t f = 0; f + 1 < with->count; f++)
		check(with->frames[f].kind == FRAME_INLINED && with->frames[f].function,
		      "inlined functions have names");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct symbol with[ASKED], without[ASKED];
	struct symbolizer *one, *other;
	uint64_t offs[ASKED];
	int fd = memory_file(data, size);

	/* Every address of the beginning, where small files have their code, and some of the rest. */
	for (size_t i = 0; i < ASKED; i++)
		offs[i] = i < ASKED / 2 ? 0x80 + i : 0x180 + (i - ASKED / 2) * 16;
	one = name(fd, true, offs, with);
	other = name(fd, false, offs, without);
	for (size_t i = 0; i < ASKED; i++)
		compare(&with[i], &without[i]);
	symbolizer_free(one);
	symbolizer_free(other);
	close(fd);
	return 0;
}
