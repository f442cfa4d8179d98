/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the fuzzers of the symbolizer share. */
#ifndef BOLOMETER_TESTS_FUZZ_H
#define BOLOMETER_TESTS_FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "symbolizer/symbolizer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void check(bool right, const char *what)
{
	if (right)
		return;
	fprintf(stderr, "not so: %s\n", what);
	abort();
}

/* A file in memory with the bytes. */
static inline int memory_file(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzzed", MFD_CLOEXEC);

	check(fd >= 0 && write(fd, data, size) == (ssize_t)size, "a file in memory");
	return fd;
}

/* Every answer has frames, each a name or a reason; asked one by one they are the same. */
static inline void check_answers(struct symbolizer *symbolizer, int source, const uint64_t *addrs,
				 size_t count, struct symbol *symbols)
{
	check(source >= 0 && !symbolizer_resolve(symbolizer, source, addrs, count, symbols),
	      "answers");
	for (size_t i = 0; i < count; i++) {
		struct symbol alone;

		check(symbols[i].count >= 1, "a frame");
		for (size_t f = 0; f < symbols[i].count; f++)
			check(!symbols[i].frames[f].function ==
				      (symbols[i].frames[f].reason != SYMBOL_OK),
			      "a name or a reason");
		check(!symbolizer_resolve(symbolizer, source, &addrs[i], 1, &alone), "an answer");
		check(alone.frames == symbols[i].frames && alone.count == symbols[i].count,
		      "alone as together");
	}
}

#endif
