// SPDX-License-Identifier: GPL-2.0-or-later
/* A comparison as JSON; see comparison_json.h. */
#include "render/comparison_json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define INTERVAL 0.95

static const char *const side_words[SIDES] = {[BEFORE] = "before", [AFTER] = "after"};

#define DIGITS 6

static void write_side(struct json_out *json, const char *key, const struct comparison_side *side)
{
	json_out_begin(json, key, '{');
	json_out_text_z(json, "title", side->title);
	json_out_u64(json, "files", side->nr_files);
	if (side->duration_ns)
		json_out_u64(json, "duration_ns", side->duration_ns);
	json_out_i64(json, "total", side->total);
	json_out_real(json, "scale", side->scale, 17);
	json_out_end(json, '}');
}

void comparison_json_write(struct json_out *json, const struct comparison *comparison)
{
	for (size_t s = 0; s < SIDES; s++) {
		write_side(json, side_words[s], &comparison->sides[s]);
		json_out_line(json);
	}
	json_out_text_z(json, "amount", comparison->amount);
	json_out_text_z(json, "normalize", normalisation_word(comparison->normalisation));
	json_out_text_z(json, "spread", spread_source_word(comparison->spread));
	json_out_real(json, "dispersion", comparison->dispersion, DIGITS);
	json_out_real(json, "interval", INTERVAL, DIGITS);
	json_out_real(json, "min_effect", comparison->min_effect, DIGITS);
	json_out_u64(json, "tested", comparison->nr_tests);
	json_out_u64(json, "moved", comparison->nr_moved);
}

/* ---- the verdict ---------------------------------------------------------------------------- */

static void write_change(struct json_out *json, const struct change *change)
{
	json_out_real(json, "before", change->before, DIGITS);
	json_out_real(json, "after", change->after, DIGITS);
	json_out_real(json, "difference", change_effect(change), DIGITS);
	json_out_real(json, "low", change->low, DIGITS);
	json_out_real(json, "high", change->high, DIGITS);
	json_out_real(json, "p", change->p, DIGITS);
}

static void write_gates(struct json_out *json, const struct comparison *comparison)
{
	bool holds = true;

	json_out_line(json);
	json_out_begin(json, "gates", '[');
	for (size_t i = 0; i < comparison->nr_gates; i++) {
		const struct gate_result *gate = &comparison->gates[i];

		holds &= gate->state == GATE_HOLDS;
		json_out_line(json);
		json_out_begin(json, NULL, '{');
		json_out_text_z(json, "expression", gate->expression);
		json_out_bool(json, "holds", gate->state == GATE_HOLDS);
		if (!gate->is_regression) {
			json_out_real(json, "value", gate->value, DIGITS);
			json_out_text_z(json, "unit", gate->unit);
			write_change(json, &gate->change);
		}
		json_out_end(json, '}');
	}
	json_out_end(json, ']');
	json_out_line(json);
	json_out_bool(json, "passed", holds);
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

static void write_function(struct json_out *json, const struct tree *tree,
			   const struct moved *moved)
{
	const struct tree_frame *frame = &tree->frames[moved->frame];

	json_out_begin(json, NULL, '{');
	json_out_text(json, "name", strings_text(tree->strings, frame->name),
		      strings_len(tree->strings, frame->name));
	if (frame->module != STRING_NONE)
		json_out_text(json, "module", strings_text(tree->strings, frame->module),
			      strings_len(tree->strings, frame->module));
	json_out_text_z(json, "of", moved->self ? "self" : "total");
	json_out_text_z(json, "verdict", verdict_word(moved->change->verdict));
	write_change(json, moved->change);
	json_out_end(json, '}');
}

static int write_functions(struct json_out *json, const struct comparison *comparison)
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
	json_out_line(json);
	json_out_begin(json, "functions", '[');
	for (size_t i = 0; i < count; i++) {
		json_out_line(json);
		write_function(json, tree, &list[i]);
	}
	json_out_end(json, ']');
	free(list);
	return 0;
}

int verdict_write(const struct render_input *input, FILE *out)
{
	struct json_out json;
	int err;

	json_out_open(&json, out);
	json_out_begin(&json, NULL, '{');
	json_out_u64(&json, "version", 1);
	json_out_begin(&json, "value", '{');
	json_out_text_z(&json, "unit", input->about->values[0].unit);
	json_out_end(&json, '}');
	json_out_line(&json);
	comparison_json_write(&json, input->comparison);
	write_gates(&json, input->comparison);
	err = write_functions(&json, input->comparison);
	json_out_end(&json, '}');
	fputc('\n', out);
	return err || !ferror(out) ? err : -EIO;
}
