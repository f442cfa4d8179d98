// SPDX-License-Identifier: GPL-2.0-or-later
/* `doctor`: every feature tried, a verdict for every capture, and what to do. */
#include <bpf/libbpf.h>
#include <stdio.h>

#include "profiler/capture/features.h"
#include "profiler/commands.h"
#include "profiler/say.h"

#define TEXT_LEN 320

static int silence(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

/* One line for a feature, one more for its mending. Returns what was found out. */
static enum feature_state examine(const struct feature *feature)
{
	static const char *const marks[] = {
		[FEATURE_YES] = "ok", [FEATURE_NO] = "MISSING", [FEATURE_UNKNOWN] = "unknown"};
	char found[TEXT_LEN] = "", fix[TEXT_LEN] = "", clean[TEXT_LEN];
	enum feature_state state = feature->probe(found, sizeof(found), fix, sizeof(fix));
	const char *mark =
		state == FEATURE_NO && !feature->required ? "without" : marks[state];

	printf("  %-8s %-22s %s\n", mark, feature->name,
	       say_clean(found, clean, sizeof(clean)));
	if (state != FEATURE_YES) {
		printf("           %-22s needed for: %s\n", "", feature->purpose);
		if (*fix)
			printf("           %-22s to mend it: %s\n", "", fix);
	}
	return state;
}

int cmd_doctor(const struct command *command, const struct options *options)
{
	bool captures_work = true;

	libbpf_set_print(silence);
	puts("What this machine and this user can do:");
	for (const struct feature *feature = features; feature->name; feature++) {
		if (examine(feature) != FEATURE_YES && feature->required)
			captures_work = false;
	}
	puts("\nCaptures:");
	for (const struct command *capture = commands; capture->name; capture++) {
		if (capture->bit & FOR_CAPTURES)
			printf("  %-8s %-22s %s\n", captures_work ? "ok" : "MISSING", capture->name,
			       captures_work ? capture->about
					     : "does not work here, for the reasons above");
	}
	printf("  %-8s %-22s %s\n", "ok", "render", "needs no privileges and no kernel feature");
	return captures_work ? EXIT_DONE : EXIT_FAILED;
}
