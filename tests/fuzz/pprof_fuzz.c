// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pprof profiles, plain or packed. What is read has to be a profile that can be
 * drawn and written; what is written has to be read as what draws the same, and
 * then be written as the same bytes.
 */
#include "tests/fuzz/whole_fuzz.h"

static char *write_bytes(struct profile *profile, size_t *ret_len)
{
	return pprof_render(profile, "pprof", &views[VIEW_PLAIN], GROUP_NONE, ret_len);
}

/* Texts that are no UTF-8, or are cut, settle with the first writing. */
static void check(struct profile *profile)
{
	size_t len, again_len, drawn_len;
	char *bytes = write_bytes(profile, &len), *drawn, *drawn_again, *again;
	struct profile *second = whole_read("pprof", bytes, len), *third;

	if (!second)
		abort();
	drawn = pprof_render(second, "folded", &views[VIEW_PLAIN], GROUP_TID, &drawn_len);
	again = write_bytes(second, &again_len);
	third = whole_read("pprof", again, again_len);
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
	struct profile *profile = whole_read("pprof", data, size);

	if (profile && profile->nr_samples)
		check(profile);
	profile_free(profile);
	return 0;
}
