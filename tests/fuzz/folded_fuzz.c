// SPDX-License-Identifier: GPL-2.0-or-later
/* Folded stacks. */
#include "profiler/file/folded.h"
#include "tests/fuzz/text_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct text_format format = {folded_looks_like, folded_read};

	return text_fuzz(&format, data, size);
}
