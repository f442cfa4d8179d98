// SPDX-License-Identifier: GPL-2.0-or-later
/* A comparison as JSON; see comparison_json.h. */
#include "render/comparison_json.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "render/escape.h"

#define INTERVAL 0.95

static const char *const side_words[SIDES] = {[BEFORE] = "before", [AFTER] = "after"};

/* JSON has no words for what is no number. */
static void write_number(FILE *out, const char *key, double number)
{
	if (isfinite(number))
		fprintf(out, "\"%s\":%.6g", key, number);
	else
		fprintf(out, "\"%s\":null", key);
}

static void write_side(FILE *out, const struct comparison_side *side)
{
	fputs("{\"title\":", out);
	escape_json_z(out, side->title);
	fprintf(out, ",\"files\":%zu", side->nr_files);
	if (side->duration_ns)
		fprintf(out, ",\"duration_ns\":%" PRIu64, side->duration_ns);
	fprintf(out, ",\"total\":%" PRId64 ",\"scale\":%.17g}", side->total, side->scale);
}

void comparison_json_write(FILE *out, const struct comparison *comparison)
{
	for (size_t s = 0; s < SIDES; s++) {
		fprintf(out, "%s\"%s\":", s ? ",\n" : "", side_words[s]);
		write_side(out, &comparison->sides[s]);
	}
	fputs(",\n\"amount\":", out);
	escape_json_z(out, comparison->amount);
	fprintf(out, ",\"normalize\":\"%s\",\"spread\":\"%s\",",
		normalisation_word(comparison->normalisation),
		spread_source_word(comparison->spread));
	write_number(out, "dispersion", comparison->dispersion);
	fprintf(out, ",\"interval\":%g,", INTERVAL);
	write_number(out, "min_effect", comparison->min_effect);
	fprintf(out, ",\"tested\":%zu,\"moved\":%zu", comparison->nr_tests, comparison->nr_moved);
}

/* ---- the verdict ---------------------------------------------------------------------------- */

static void write_change(FILE *out, const struct change *change)
{
	write_number(out, "before", change->before);
	fputc(',', out);
	write_number(out, "after", change->after);
	fputc(',', out);
	write_number(out, "difference", change_effect(change));
	fputc(',', out);
	write_number(out, "low", change->low);
	fputc(',', out);
	write_number(out, "high", change->high);
	fputc(',', out);
	write_number(out, "p", change->p);
}

static void write_gates(FILE *out, const struct comparison *comparison)
{
	bool holds = true;

	fputs(",\n\"gates\":[", out);
	for (size_t i = 0; i < comparison->nr_gates; i++) {
		const struct gate_result *gate = &comparison->gates[i];

		holds &= gate->state == GATE_HOLDS;
		fprintf(out, "%s\n{\"expression\":", i ? "," : "");
		escape_json_z(out, gate->expression);
		fprintf(out, ",\"holds\":%s", gate->state == GATE_HOLDS ? "true" : "false");
		if (!gate->is_regression) {
			fputc(',', out);
			write_number(out, "value", gate->value);
			fprintf(out, ",\"unit\":\"%s\",", gate->unit);
			write_change(out, &gate->change);
		}
		fputc('}', out);
	}
	fprintf(out, "],\n\"passed\":%s", holds ? "true" : "false");
}

/* A function's place in the list. */
struct moved {
	uint32_t frame;
	bool self;
	const struct change *change;
};

/* The largest change first. */
static int compare_moved(const void *left, const void *right, void *data)
{
	const struct tree *tree = data;
	const struct moved *a = left, *b = right;
	double a_size = fabs(change_effect(a->change)), b_size = fabs(change_effect(b->change));

	if (a_size != b_size)
		return a_size > b_size ? -1 : 1;
	if (a->frame != b->frame)
		return tree_frame_compare(tree->strings, &tree->frames[a->frame],
					  &tree->frames[b->frame]);
	return (int)a->self - (int)b->self;
}

static void write_function(FILE *out, const struct tree *tree, const struct moved *moved)
{
	const struct tree_frame *frame = &tree->frames[moved->frame];

	fputs("{\"name\":", out);
	escape_json(out, strings_text(tree->strings, frame->name),
		    strings_len(tree->strings, frame->name));
	if (frame->module != STRING_NONE) {
		fputs(",\"module\":", out);
		escape_json(out, strings_text(tree->strings, frame->module),
			    strings_len(tree->strings, frame->module));
	}
	fprintf(out, ",\"of\":\"%s\",\"verdict\":\"%s\",", moved->self ? "self" : "total",
		verdict_word(moved->change->verdict));
	write_change(out, moved->change);
	fputc('}', out);
}

static int write_functions(FILE *out, const struct comparison *comparison)
{
	const struct tree *tree = comparison->tree;
	struct moved *list = malloc((2 * tree->nr_frames + 1) * sizeof(*list));
	size_t count = 0;

	if (!list)
		return -ENOMEM;
	for (uint32_t i = 0; i < tree->nr_frames; i++) {
		if (verdict_moved(comparison->total[i].verdict))
			list[count++] = (struct moved){i, false, &comparison->total[i]};
		if (verdict_moved(comparison->self[i].verdict))
			list[count++] = (struct moved){i, true, &comparison->self[i]};
	}
	qsort_r(list, count, sizeof(*list), compare_moved, (void *)tree);
	fputs(",\n\"functions\":[", out);
	for (size_t i = 0; i < count; i++) {
		fputs(i ? ",\n" : "\n", out);
		write_function(out, tree, &list[i]);
	}
	fputs("]", out);
	free(list);
	return 0;
}

int verdict_write(const struct render_input *input, FILE *out)
{
	int err;

	fputs("{\"version\":1,\"value\":{\"unit\":", out);
	escape_json_z(out, input->about->values[0].unit);
	fputs("},\n", out);
	comparison_json_write(out, input->comparison);
	write_gates(out, input->comparison);
	err = write_functions(out, input->comparison);
	fputs("}\n", out);
	return err || !ferror(out) ? err : -EIO;
}
