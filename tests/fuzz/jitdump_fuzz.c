// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A jitdump: whatever is in it, every address gets an answer at every time, and the last time's is the
 * one that is given without any.
 */
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

static struct symbolizer *open_dump(int fd, int *ret_source)
{
	static const struct symbol_jit_moment moments[] = {
		{0, 0}, {1000, 0}, {UINT64_MAX / 2, 0}, {UINT64_MAX, 0}};
	struct symbolizer_options options = {.lines = true, .debug_root = "/nonexistent"};
	struct symbol_jit jit = {
		.map_fd = -1,
		.open_error = ENOENT,
		.dump_fd = fd,
		.moments = moments,
		.nr_moments = 4,
	};
	struct symbolizer *symbolizer = symbolizer_new(&options);

	check(symbolizer, "memory");
	*ret_source = symbolizer_add_jit(symbolizer, &jit);
	check(*ret_source >= 0, "a source");
	return symbolizer;
}

/* What may be addresses: the words of the file, and those next to them. */
static size_t collect(const uint8_t *data, size_t size, uint64_t *addrs)
{
	size_t count = 0;

	for (size_t off = 0; off + 8 <= size && count + 3 <= ASKED; off += 8) {
		uint64_t word;

		memcpy(&word, data + off, sizeof(word));
		addrs[count++] = word;
		addrs[count++] = word + 9;
		addrs[count++] = word - 1;
	}
	return count;
}

static void check_frame(const struct symbol *symbol)
{
	const struct symbol_frame *frame = symbol->frames;

	check(symbol->count == 1, "one frame");
	check(!frame->function == (frame->reason != SYMBOL_OK), "a name or a reason");
	check(frame->function || frame->kind == FRAME_UNNAMED, "without a name it is of no kind");
	check(!frame->file || frame->line, "a file has a line");
	if (frame->function)
		check(strlen(frame->function) > 0, "names are not empty");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct symbol at[ASKED], last[ASKED];
	static uint64_t addrs[ASKED];
	static uint32_t moments[ASKED];
	size_t count = collect(data, size, addrs);
	int fd = memfd_create("fuzzed", MFD_CLOEXEC), source;
	struct symbolizer *symbolizer;

	check(fd >= 0 && write(fd, data, size) == (ssize_t)size, "a file");
	symbolizer = open_dump(fd, &source);
	for (size_t i = 0; i < count; i++)
		moments[i] = i % 4;
	check(!symbolizer_resolve_at(symbolizer, source, addrs, moments, count, at) &&
		      !symbolizer_resolve(symbolizer, source, addrs, count, last),
	      "answers");
	for (size_t i = 0; i < count; i++) {
		check_frame(&at[i]);
		/* Each list of frames is kept once. */
		check(moments[i] < 3 || at[i].frames == last[i].frames, "the last time's answer");
	}
	symbolizer_free(symbolizer);
	close(fd);
	return 0;
}
