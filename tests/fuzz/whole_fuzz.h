/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the fuzzers of formats that are read whole: bytes that are a profile, or are refused with one line. */
#ifndef BOLOMETER_TESTS_WHOLE_FUZZ_H
#define BOLOMETER_TESTS_WHOLE_FUZZ_H

#include <errno.h>
#include <stdint.h>

#include "tests/unit/pprof_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* NULL where they are refused. */
static inline struct profile *whole_read(const char *format, const void *bytes, size_t len)
{
	struct profile *profile = profile_new();
	struct pprof_told told;
	int err;

	if (!profile)
		abort();
	err = format_parse(profile, format, bytes, len, &told);
	if (err && err != -EBADMSG)
		abort();
	if (err && (told.complaints.count != 1 || !told.line[0] || strchr(told.line, '\n')))
		abort();
	if (!err)
		return profile;
	profile_free(profile);
	return NULL;
}

#endif
