// SPDX-License-Identifier: GPL-2.0-or-later
/* Stacks over several lines: of bpftrace, or with bit 7 of the first byte of bcc and DTrace. */
#include "profiler/file/stacks.h"
#include "tests/fuzz/text_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct text_format bpftrace = {bpftrace_looks_like, bpftrace_read};
	static const struct text_format bcc = {bcc_looks_like, bcc_read};

	return text_fuzz(size && data[0] & 128 ? &bcc : &bpftrace, data, size);
}
