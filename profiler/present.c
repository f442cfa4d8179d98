// SPDX-License-Identifier: GPL-2.0-or-later
/* Trees, report and files from a profile; see present.h. */
#include "profiler/present.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/tree_build.h"
#include "profiler/report.h"
#include "profiler/say.h"

/* Everything that one view is drawn from. */
struct drawing {
	struct tree *tree;
	struct circumstances about; /* the profile's, with what differs by view; borrowed texts */
	char *title;		    /* of which this one is owned */
	struct tree_quality quality;
};

/*
 * The circumstances as the graph of a view tells them: its own command, the values of the view that
 * the tree is `from`, a sampling rate only where it has samples, and what the user said over what the profile says of itself. 0 or
 * -ENOMEM.
 */
static int describe(struct drawing *drawing, const struct circumstances *about,
		    const struct options *options, const struct view *view, const struct view *from)
{
	struct circumstances *own = &drawing->about;

	*own = *about;
	for (size_t v = 0; v < from->nr_values; v++)
		own->values[v] = from->values[v].type;
	if (from->nr_values)
		own->nr_values = from->nr_values;
	if (*view->name)
		own->command = (char *)view->name;
	if (view->activities && !(view->activities & ACTIVITY_BIT(ACTIVITY_CPU))) {
		own->frequency_hz = 0;
		own->event = NULL;
	}
	if (options->note)
		own->note = (char *)options->note;
	if (options->title)
		drawing->title = strdup(options->title);
	else if (!about->title && about->target && *view->words &&
		 asprintf(&drawing->title, "%s %s", about->target, view->words) < 0)
		drawing->title = NULL;
	if (drawing->title)
		own->title = drawing->title;
	return drawing->title || !options->title ? 0 : -ENOMEM;
}

static void drawing_fini(struct drawing *drawing)
{
	tree_free(drawing->tree);
	free(drawing->title);
}

/*
 * A profile without activities has one tree, whatever it is called. Returns NULL when the profile
 * cannot be drawn as this view.
 */
static const struct view *tree_view(const struct profile *profile, enum view_id view)
{
	if (view_values_declared(&profile->about))
		return &views[view];
	return view == VIEW_PLAIN || view == VIEW_CPU ? &views[VIEW_PLAIN] : NULL;
}

/* Draws one view: its report, if that is wanted, and its files. Returns the exit status. */
static int present_view(const struct profile *profile, struct symbols *symbols,
			const struct options *options, struct output_plan *plan, enum view_id view,
			bool report)
{
	const struct view *from = tree_view(profile, view);
	bool draws = report || output_wants_tree(plan, view);
	struct drawing drawing = {0};
	int status = EXIT_FAILED;

	if (!from) {
		say_error("the profile has nothing that the view %s shows", views[view].name);
		return EXIT_FAILED;
	}
	if (draws)
		drawing.tree = tree_build(profile, symbols, options->group.key, from);
	if ((draws && !drawing.tree) ||
	    describe(&drawing, &profile->about, options, &views[view], from)) {
		say_error("out of memory");
		goto out;
	}
	if (draws)
		tree_measure(drawing.tree, &drawing.quality);
	struct render_samples samples = {
		.profile = profile,
		.symbols = symbols,
		.view = from,
		.group = options->group.key,
	};
	struct render_input input = {
		.tree = drawing.tree,
		.about = &drawing.about,
		.quality = &drawing.quality,
		.annotate = options->annotate,
		.samples = &samples,
	};
	if (report)
		report_print(&input, &views[view]);
	status = output_write(plan, view, &input);
	if (push_add(&plan->push, view, &input, output_pprof_path(plan, view)))
		status = EXIT_FAILED;
out:
	drawing_fini(&drawing);
	return status;
}

int present(struct profile *profile, struct symbols *symbols, const struct options *options,
	    struct output_plan *plan, bool report)
{
	const char *wrong = profile_check(profile);
	int status = EXIT_DONE;

	if (wrong) {
		say_error("the profile contradicts itself: %s; this is a defect in bolometer",
			  wrong);
		return EXIT_FAILED;
	}
	if (strings_intern_z(profile->strings, options->group.label, &profile->group_label)) {
		say_error("out of memory");
		return EXIT_FAILED;
	}
	/* The command's own view first, as its report stands before all that is said of files. */
	for (int turn = 0; turn < VIEW_COUNT; turn++) {
		enum view_id view = (enum view_id)((plan->view + turn) % VIEW_COUNT);

		if ((plan->views & VIEW_BIT(view)) &&
		    present_view(profile, symbols, options, plan, view, report && !turn))
			status = EXIT_FAILED;
	}
	for (size_t i = 0; i < plan->count && !plan->series; i++) {
		if (plan->outputs[i].written && strcmp(plan->outputs[i].path, "-"))
			say("wrote %s", plan->outputs[i].path);
	}
	if (push_send(&plan->push))
		status = EXIT_FAILED;
	return status;
}

int present_named(struct profile *profile, const struct options *options, struct output_plan *plan)
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
