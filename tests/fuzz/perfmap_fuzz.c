// SPDX-License-Identifier: GPL-2.0-or-later
/* A perf map: whatever is in it, every address gets an answer, and it is that of a plain reader. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "profiler/model/frame_kind.h"
#include "symbolizer/symbolizer.h"

#define ASKED 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool right, const char *what)
{
	if (right)
		return;
	fprintf(stderr, "not so: %s\n", what);
	abort();
}

/* What may be addresses: where lines begin with numbers, and what is around them. */
static size_t collect(const char *text, uint64_t *addrs)
{
	size_t count = 0;

	for (const char *line = text; line && count + 4 <= ASKED; line = strchr(line, '\n')) {
		uint64_t start, size;

		line += *line == '\n';
		if (sscanf(line, "%lx %lx", &start, &size) < 2)
			continue;
		addrs[count++] = start;
		addrs[count++] = start - 1;
		addrs[count++] = start + size;
		addrs[count++] = start + size / 2;
	}
	return count;
}

/*
 * Whether some line covers an address: the plain way. Lines of other forms, and names that nothing is
 * left of, are for the program to decide on.
 */
static bool is_covered(const char *text, uint64_t addr)
{
	char name[2], end;
	uint64_t start, size;

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sscanf(line, "%lx%c%lx %1[^\n]", &start, &end, &size, name) == 4 &&
		    addr >= start && addr - start < size)
			return true;
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct symbol symbols[ASKED];
	static uint64_t addrs[ASKED];
	struct symbolizer_options options = {.debug_root = "/nonexistent"};
	struct symbolizer *symbolizer = symbolizer_new(&options);
	struct symbol_jit jit = {.dump_fd = -1};
	char *text = calloc(1, size + 1);
	size_t count;
	int source;

	check(symbolizer && text, "memory");
	memcpy(text, data, size);
	jit.map_fd = memfd_create("fuzzed", MFD_CLOEXEC);
	check(jit.map_fd >= 0 && write(jit.map_fd, data, size) == (ssize_t)size, "a file");
	source = symbolizer_add_jit(symbolizer, &jit);
	count = collect(text, addrs);
	check(source >= 0 && !symbolizer_resolve(symbolizer, source, addrs, count, symbols),
	      "answers");
	for (size_t i = 0; i < count; i++) {
		const struct symbol_frame *frame = symbols[i].frames;

		check(!frame->function == (frame->reason != SYMBOL_OK), "a name or a reason");
		/* A byte of 0 ends the plain reader's text, and not the file. */
		if (frame->function && strlen(text) == size)
			check(is_covered(text, addrs[i]), "what is named is covered");
	}
	symbolizer_free(symbolizer);
	close(jit.map_fd);
	free(text);
	return 0;
}
