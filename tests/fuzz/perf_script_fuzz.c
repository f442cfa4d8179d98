// SPDX-License-Identifier: GPL-2.0-or-later
/* Text of perf script. The first byte of the input says with which options it is read. */
#include "profiler/file/perf_script.h"
#include "tests/fuzz/text_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct text_format format = {perf_script_looks_like, perf_script_read};

	return text_fuzz(&format, data, size);
}
