// SPDX-License-Identifier: GPL-2.0-or-later
/* `diff`: profiles against profiles. What is compared how is in diff/; here it is read and written. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/commands.h"
#include "profiler/diff/compare.h"
#include "profiler/diff/gate.h"
#include "profiler/model/alloc.h"
#include "profiler/memory.h"
#include "profiler/output.h"
#include "profiler/read_file.h"
#include "profiler/read_sides.h"
#include "profiler/report_diff.h"
#include "profiler/say.h"
#include "render/comparison_json.h"

#define PPM_PER_POINT 10000.0

/* Everything that one comparison goes through. */
struct diff {
	const struct options *options;
	struct text_list sides[SIDES]; /* files; texts are borrowed, and so are the lists */
	const char *pair[SIDES];
	struct rename_rule **renames;
	struct gate *gates;
	struct output_plan plan;
	struct alignment alignment;
	struct comparer comparer;
	struct comparison comparison;
	struct circumstances about; /* texts are borrowed */
	char *title;
};

static const char *const side_words[SIDES] = {[BEFORE] = "BEFORE", [AFTER] = "AFTER"};

/* ---- what is asked for ---------------------------------------------------------------------- */

/* "diff BEFORE AFTER" or "diff --before a b --after c d". */
static int choose_files(struct diff *diff)
{
	const struct options *options = diff->options;
	bool named = options->before.count || options->after.count;

	if (named && options->operands.count) {
		say_error("%s is of neither side; files follow --before or --after",
			  options->operands.texts[0]);
		return EXIT_USAGE;
	}
	if (named ? !options->before.count || !options->after.count
		  : options->operands.count != SIDES) {
		say_error(
			"diff needs two files, BEFORE and AFTER, or several: --before a b --after "
			"c d");
		return EXIT_USAGE;
	}
	diff->sides[BEFORE] = options->before;
	diff->sides[AFTER] = options->after;
	for (size_t s = 0; s < SIDES && !named; s++) {
		diff->pair[s] = options->operands.texts[s];
		diff->sides[s] = (struct text_list){.texts = &diff->pair[s], .count = 1};
	}
	return 0;
}

static int parse_renames(struct diff *diff)
{
	const struct text_list *list = &diff->options->renames;
	char mistake[256];

	diff->renames = calloc(list->count + 1, sizeof(*diff->renames));
	if (!diff->renames)
		return -ENOMEM;
	for (size_t i = 0; i < list->count; i++) {
		int err = rename_rule_new(list->texts[i], &diff->renames[i], mistake,
					  sizeof(mistake));

		if (err == -EINVAL)
			say_error("--rename %s: %s", list->texts[i], mistake);
		if (err)
			return err;
	}
	return 0;
}

static int parse_gates(struct diff *diff)
{
	const struct text_list *list = &diff->options->gates;

	diff->gates = calloc(list->count + 1, sizeof(*diff->gates));
	if (!diff->gates)
		return -ENOMEM;
	for (size_t i = 0; i < list->count; i++) {
		int err = gate_parse(list->texts[i], &diff->gates[i]);

		if (err == -EINVAL)
			say_error("--fail-on %s: is no gate; write 'total(FUNCTION)>+5%%', "
				  "'self(FUNCTION)>+2pp', 'total(FUNCTION)>+1ms/s' or regression",
				  list->texts[i]);
		if (err)
			return err;
	}
	return 0;
}

/* "dir/after.folded" becomes "dir/after.diff.svg". */
static char *default_path(const char *after)
{
	const char *slash = strrchr(after, '/');
	const char *name = slash ? slash + 1 : after;
	const char *dot = strrchr(name, '.');
	int len = (int)(dot && dot != name ? (size_t)(dot - after) : strlen(after));
	char *path;

	if (!strcmp(after, "-"))
		return strdup("bolometer.diff.svg");
	return asprintf(&path, "%.*s.diff.svg", len, after) < 0 ? NULL : path;
}

/* What holds samples holds those of one profile. */
static int refuse_formats(const struct output_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct render_format *format = plan->outputs[i].format;

		if (!(format->holds & (RENDER_SAMPLES | RENDER_ONE_PROFILE)))
			continue;
		say_error("--output %s: a %s file holds one profile; write each side with render%s",
			  plan->outputs[i].path, format->name,
			  strcmp(format->name, "pprof") ? ""
							: ", and compare them with: go tool pprof "
							  "-diff_base BEFORE AFTER");
		return EXIT_USAGE;
	}
	return 0;
}

/* A comparison that only decides needs no graph. */
static int plan_outputs(struct diff *diff, const struct command *command)
{
	static const struct render_format verdict = {
		.name = "verdict", .suffixes = "", .about = "", .write = verdict_write};
	const struct options *options = diff->options;
	bool decides = options->gates.count || options->verdict;
	char *path = default_path(diff->sides[AFTER].texts[0]);
	int status = EXIT_FAILED;

	if (!path) {
		say_error("out of memory");
	} else if (!options->outputs.count && !decides && !access(path, F_OK)) {
		say_error("without -o the graph would replace %s; say where it should go", path);
		status = EXIT_USAGE;
	} else {
		status = output_plan(&diff->plan, options, command->view, decides ? NULL : path);
		if (!status)
			status = refuse_formats(&diff->plan);
		if (!status && options->verdict)
			status = output_plan_add(&diff->plan, &verdict, options->verdict);
	}
	free(path);
	return status;
}

/* ---- comparing ------------------------------------------------------------------------------ */

static int prepare_sides(struct diff *diff)
{
	int status, err;

	if (alignment_init(&diff->alignment, diff->renames, diff->options->renames.count)) {
		say_error("out of memory");
		return EXIT_FAILED;
	}
	status = read_sides(&diff->alignment, diff->options, diff->sides);
	if (status)
		return status;
	err = alignment_make(&diff->alignment);
	if (err)
		say_error(err == -EOVERFLOW ? "the values of all files together are too large"
					    : "out of memory");
	return err ? EXIT_FAILED : 0;
}

static int say_empty(const struct diff *diff)
{
	for (size_t s = 0; s < SIDES; s++) {
		if (tree_total(diff->alignment.tree, 0, s) <= 0)
			say_error("there is nothing in %s (%s): nothing can be compared with it",
				  side_words[s], diff->sides[s].texts[0]);
	}
	return EXIT_FAILED;
}

/* What a side is called: the name of its file without folders, and how many more there are. */
static char *side_title(const struct text_list *files)
{
	const char *slash = strrchr(files->texts[0], '/');
	const char *name = slash ? slash + 1 : files->texts[0];
	char *title;
	int len;

	if (!strcmp(name, "-"))
		name = "standard input";
	len = files->count > 1 ? asprintf(&title, "%s and %zu more", name, files->count - 1)
			       : asprintf(&title, "%s", name);
	return len < 0 ? NULL : title;
}

static int run(struct diff *diff)
{
	const struct options *options = diff->options;
	int err = comparer_init(&diff->comparer, &diff->alignment, options->normalisation);

	if (err == -EINVAL)
		return say_empty(diff);
	if (err == -ENODATA) {
		say_error("--normalize time: not all of the files say how long they took");
		return EXIT_FAILED;
	}
	if (!err)
		err = comparer_run(&diff->comparer, (double)options->min_effect_ppm / PPM_PER_POINT,
				   &diff->comparison);
	for (size_t s = 0; s < SIDES && !err; s++) {
		diff->comparison.sides[s].title = side_title(&diff->sides[s]);
		err = diff->comparison.sides[s].title ? 0 : -ENOMEM;
	}
	if (err)
		say_error("out of memory");
	return err ? EXIT_FAILED : 0;
}

/* A gate that cannot be decided is wrong usage: it must not pass. */
static int refuse_gate(const struct gate *gate, int err)
{
	if (err == -ENOENT)
		say_error("--fail-on %s: neither side has such a function", gate->expression);
	else if (err == -EINVAL)
		say_error("--fail-on %s: there is no function of that name, and it is no regular "
			  "expression",
			  gate->expression);
	else if (err == -EDOM)
		say_error("--fail-on %s: time a second is known of times only, compared by time",
			  gate->expression);
	else if (err == -ENODATA)
		say_error("--fail-on %s: too little is known of both sides to test anything",
			  gate->expression);
	else
		say_error("out of memory");
	return err == -ENOMEM ? EXIT_FAILED : EXIT_USAGE;
}

static int check_gates(struct diff *diff)
{
	struct comparison *c = &diff->comparison;
	size_t count = diff->options->gates.count;

	c->gates = calloc(count + 1, sizeof(*c->gates));
	if (!c->gates)
		return refuse_gate(NULL, -ENOMEM);
	for (size_t i = 0; i < count; i++) {
		int err = gate_check(&diff->gates[i], &diff->comparer, c, &c->gates[i]);

		if (err)
			return refuse_gate(&diff->gates[i], err);
		c->nr_gates++;
	}
	return 0;
}

/* ---- writing -------------------------------------------------------------------------------- */

static const char *alike(const char *a, const char *b)
{
	return a && b && !strcmp(a, b) ? a : NULL;
}

/* Circumstances of the whole: what is the same of all files. Returns 0 or -ENOMEM. */
static int describe(struct diff *diff)
{
	const struct alignment *a = &diff->alignment;
	struct circumstances *about = &diff->about;
	const struct options *options = diff->options;

	*about = a->profile->about;
	about->host = a->files[0].about.host;
	about->kernel = a->files[0].about.kernel;
	for (size_t f = 1; f < a->nr_files; f++) {
		about->host = (char *)alike(about->host, a->files[f].about.host);
		about->kernel = (char *)alike(about->kernel, a->files[f].about.kernel);
	}
	about->tool_version = (char *)"bolometer " BOLOMETER_VERSION;
	about->note = (char *)options->note;
	about->title = (char *)options->title;
	if (about->title)
		return 0;
	if (asprintf(&diff->title, "%s against %s", diff->comparison.sides[AFTER].title,
		     diff->comparison.sides[BEFORE].title) < 0) {
		diff->title = NULL;
		return -ENOMEM;
	}
	about->title = diff->title;
	return 0;
}

static int write_outputs(struct diff *diff)
{
	struct tree_quality quality;
	struct render_input input = {
		.tree = diff->alignment.tree,
		.about = &diff->about,
		.quality = &quality,
		.comparison = &diff->comparison,
		.annotate = diff->options->annotate,
	};
	int status;

	if (describe(diff)) {
		say_error("out of memory");
		return EXIT_FAILED;
	}
	tree_measure(diff->comparison.widths, &quality);
	status = output_write(&diff->plan, diff->plan.view, &input);
	for (size_t i = 0; i < diff->plan.count; i++) {
		if (diff->plan.outputs[i].written && strcmp(diff->plan.outputs[i].path, "-"))
			say("wrote %s", diff->plan.outputs[i].path);
	}
	return status;
}

static bool gates_hold(const struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->nr_gates; i++) {
		if (comparison->gates[i].state != GATE_HOLDS)
			return false;
	}
	return true;
}

static void diff_fini(struct diff *diff)
{
	for (size_t i = 0; diff->renames && i < diff->options->renames.count; i++)
		rename_rule_free(diff->renames[i]);
	for (size_t i = 0; diff->gates && i < diff->options->gates.count; i++)
		gate_fini(&diff->gates[i]);
	free(diff->renames);
	free(diff->gates);
	free(diff->title);
	comparison_fini(&diff->comparison);
	comparer_fini(&diff->comparer);
	alignment_fini(&diff->alignment);
	output_plan_fini(&diff->plan);
}

int cmd_diff(const struct command *command, const struct options *options)
{
	struct diff diff = {.options = options};
	int status = choose_files(&diff), err;

	if (!status)
		status = read_file_check(options);
	if (status)
		return status;
	memory_hold_to(memory_ceiling(options));
	err = parse_renames(&diff);
	if (!err)
		err = parse_gates(&diff);
	if (err == -ENOMEM)
		say_error("out of memory");
	status = !err ? plan_outputs(&diff, command) : err == -EINVAL ? EXIT_USAGE : EXIT_FAILED;
	if (!status)
		status = prepare_sides(&diff);
	if (!status)
		status = run(&diff);
	if (!status)
		status = check_gates(&diff);
	if (!status) {
		report_diff(&diff.comparison, &diff.alignment);
		report_gates(&diff.comparison);
		status = write_outputs(&diff);
		if (!status && !gates_hold(&diff.comparison))
			status = EXIT_GATE;
	}
	diff_fini(&diff);
	return status;
}
