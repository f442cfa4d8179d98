// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An ELF file: symbols, stubs of the PLT, bounds of functions, the link to its debug file. As a file
 * and as an image in memory there are the same names in it.
 */
#include "fuzz.h"

#define ASKED 256

static void compare(const struct symbol *file, const struct symbol *image)
{
	const char *a = file->frames->function, *b = image->frames->function;

	check(file->count == 1 && image->count == 1, "one frame without inlined functions");
	check(!a == !b && (!a || !strcmp(a, b)), "the same name as in an image");
	check(file->frames->start == image->frames->start &&
		      file->frames->unnamed_addr == image->frames->unnamed_addr,
	      "the same start");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct symbol in_file[ASKED], in_image[ASKED];
	struct symbolizer_options options = {.no_inline = true, .debug_root = "/nonexistent"};
	struct symbolizer *symbolizer = symbolizer_new(&options);
	int fd = memory_file(data, size);
	struct symbol_file file = {.fd = fd, .path = "/nonexistent/fuzzed", .root_fd = -1};
	uint64_t offs[ASKED];

	check(symbolizer, "a symbolizer");
	/* Most of a small file, and where nothing can be. */
	for (size_t i = 0; i < ASKED; i++)
		offs[i] = i * 24;
	offs[ASKED - 2] = size;
	offs[ASKED - 1] = UINT64_MAX;
	check_answers(symbolizer, symbolizer_add_file(symbolizer, &file), offs, ASKED, in_file);
	check_answers(symbolizer, symbolizer_add_image(symbolizer, "fuzzed", data, size), offs,
		      ASKED, in_image);
	for (size_t i = 0; i < ASKED; i++)
		compare(&in_file[i], &in_image[i]);
	symbolizer_free(symbolizer);
	close(fd);
	return 0;
}
