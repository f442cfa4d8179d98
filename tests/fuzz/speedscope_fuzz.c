// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files of speedscope's, plain or packed. What is read has to be a profile that can
 * be drawn and written; what is written has to be read as what draws the same, and
 * then be written as the same bytes.
 */
#include "tests/fuzz/whole_fuzz.h"

static char *render(struct profile *profile, const char *format, size_t *ret_len)
{
	return pprof_render(profile, format, &views[VIEW_PLAIN], GROUP_THREAD, ret_len);
}

static void check(struct profile *profile)
{
	size_t len, again_len, drawn_len;
	char *bytes = render(profile, "speedscope", &len);
	char *drawn = render(profile, "folded", &drawn_len);
	struct profile *second = whole_read("speedscope", bytes, len);
	char *again, *drawn_again;

	if (!second)
		abort();
	again = render(second, "speedscope", &again_len);
	drawn_again = render(second, "folded", &drawn_len);
	if (strcmp(drawn, drawn_again) || again_len != len || memcmp(bytes, again, len))
		abort();
	free(render(profile, "firefox", &len));
	free(render(profile, "tree", &len));
	free(bytes);
	free(again);
	free(drawn);
	free(drawn_again);
	profile_free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct profile *profile = whole_read("speedscope", data, size);

	if (profile && profile->nr_samples)
		check(profile);
	profile_free(profile);
	return 0;
}
