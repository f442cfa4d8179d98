// SPDX-License-Identifier: GPL-2.0-or-later
/* Tree, report and files from a profile; see present.h. */
#include "profiler/present.h"

#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/tree_build.h"
#include "profiler/report.h"
#include "profiler/say.h"

/* What the user said about the graph goes over what the profile says of itself. */
static int describe(struct circumstances *about, const struct options *options)
{
	const struct {
		const char *said;
		char **kept;
	} texts[] = {{options->title, &about->title}, {options->note, &about->note}};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (!texts[i].said)
			continue;
		free(*texts[i].kept);
		*texts[i].kept = strdup(texts[i].said);
		if (!*texts[i].kept)
			return EXIT_FAILED;
	}
	return 0;
}

int present(struct profile *profile, struct symbols *symbols, const struct options *options,
	    struct output_plan *plan, bool report)
{
	const char *wrong = profile_check(profile);
	struct tree_quality quality;
	struct tree *tree;
	int status;

	if (wrong) {
		say_error("the profile contradicts itself: %s; this is a defect in bolometer",
			  wrong);
		return EXIT_FAILED;
	}
	tree = tree_build(profile, symbols, options->group, &views[VIEW_PLAIN]);
	if (!tree || describe(&profile->about, options)) {
		say_error("out of memory");
		tree_free(tree);
		return EXIT_FAILED;
	}
	tree_measure(tree, &quality);
	struct render_input input = {
		.tree = tree,
		.about = &profile->about,
		.quality = &quality,
		.annotate = options->annotate,
	};
	if (report)
		report_print(&input);
	status = output_write(plan, &input);
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->outputs[i].written && strcmp(plan->outputs[i].path, "-"))
			say("wrote %s", plan->outputs[i].path);
	}
	tree_free(tree);
	return status;
}

int present_named(struct profile *profile, const struct options *options,
		  struct output_plan *plan)
{
	struct symbols symbols;
	int status;

	profile_seal(profile);
	if (symbols_init(&symbols, profile)) {
		say_error("out of memory");
		return EXIT_FAILED;
	}
	status = present(profile, &symbols, options, plan, false);
	symbols_fini(&symbols);
	return status;
}
