// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists of names as text: a table of the kernel's symbols, and the map of generated code. */
#include "fuzz.h"

#define ASKED 64

/* Addresses that the text has, and those next to them. */
static void find_addrs(const uint8_t *data, size_t size, uint64_t addrs[ASKED])
{
	char text[4096];
	char *at = text;

	size = size < sizeof(text) - 1 ? size : sizeof(text) - 1;
	memcpy(text, data, size);
	text[size] = '\0';
	for (size_t i = 0; i < ASKED; i += 2) {
		addrs[i] = strtoull(at, NULL, 16);
		addrs[i + 1] = addrs[i] + i - 1;
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct symbol symbols[ASKED];
	struct symbolizer_options options = {.no_inline = true, .debug_root = "/nonexistent"};
	int fd = memory_file(data, size);
	struct symbol_jit jit = {.map_fd = fd};
	struct symbolizer *symbolizer;
	uint64_t addrs[ASKED];
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	options.kallsyms_path = path;
	symbolizer = symbolizer_new(&options);
	check(symbolizer, "a symbolizer");
	find_addrs(data, size, addrs);
	check_answers(symbolizer, symbolizer_add_kernel(symbolizer), addrs, ASKED, symbols);
	check_answers(symbolizer, symbolizer_add_jit(symbolizer, &jit), addrs, ASKED, symbols);
	symbolizer_free(symbolizer);
	close(fd);
	return 0;
}
