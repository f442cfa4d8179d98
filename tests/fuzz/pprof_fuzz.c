// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pprof profiles, plain or packed. What is read has to be a profile that can be
 * drawn and written; what is written has to be read as what draws the same, and
 * then be written as the same bytes.
 */
#include <errno.h>
#include <stdint.h>

#include "tests/unit/pprof_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct profile *read_bytes(const void *bytes, size_t len)
{
	struct profile *profile = profile_new();
	struct pprof_told told;
	int err;

	if (!profile)
		abort();
	err = pprof_parse(profile, bytes, len, &told);
	if (err && err != -EBADMSG)
		abort();
	if (err && (told.complaints.count != 1 || !told.line[0] || strchr(told.line, '\n')))
		abort();
	if (!err)
		return profile;
	profile_free(profile);
	return NULL;
}

static char *write_bytes(struct profile *profile, size_t *ret_len)
{
	return pprof_render(profile, "pprof", &views[VIEW_PLAIN], GROUP_NONE, ret_len);
}

/* Texts that are no UTF-8, or are cut, settle with the first writing. */
static void check(struct profile *profile)
{
	size_t len, again_len, drawn_len;
	char *bytes = write_bytes(profile, &len), *drawn, *drawn_again, *again;
	struct profile *second = read_bytes(bytes, len), *third;

	if (!second)
		abort();
	drawn = pprof_render(second, "folded", &views[VIEW_PLAIN], GROUP_TID, &drawn_len);
	again = write_bytes(second, &again_len);
	third = read_bytes(again, again_len);
	if (!third)
		abort();
	drawn_again = pprof_render(third, "folded", &views[VIEW_PLAIN], GROUP_TID, &drawn_len);
	if (strcmp(drawn, drawn_again))
		abort();
	free(bytes);
	free(again);
	free(drawn);
	free(drawn_again);
	profile_free(second);
	profile_free(third);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct profile *profile = read_bytes(data, size);

	if (profile && profile->nr_samples)
		check(profile);
	profile_free(profile);
	return 0;
}
