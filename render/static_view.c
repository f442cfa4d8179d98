// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The static view; see static_view.h.
 *
 * All boxes of one colour are one path, so that a picture of thousands of
 * frames is a few dozen elements and the labels.
 */
#include "render/static_view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "render/colour.h"
#include "render/escape.h"
#include "render/headline.h"
#include "render/label.h"
#include "render/number.h"

#define MARGIN	    12
#define HEADER	    66 /* three lines of text */
#define FOOTER	    34 /* the legend */
#define NOTE	    20 /* a line below it */
#define ROW	    18
#define ROWS_MAX    34
#define BOXES_MAX   4000
#define TEXT_INDENT 4
#define BASELINE    13 /* of a label, below the top of its row */

/*
 * Columns are 7.5 px wide: fonts called monospace have 0.55 to 0.61 em, labels are 12 px. A label
 * must never run out of its box.
 */
#define CELL_TENTHS 75

int static_view_init(struct static_view *ret_view, const struct render_input *input)
{
	const struct layout_limits limits = {
		.width = STATIC_VIEW_WIDTH - 2 * MARGIN,
		.min_width = 1,
		.max_rows = ROWS_MAX,
		.max_boxes = BOXES_MAX,
	};
	struct static_view view = {.graph_top = HEADER};
	int err = layout_init(&view.layout,
			      input->comparison ? input->comparison->widths : input->tree, 0,
			      &limits);

	if (err)
		return err;
	if (view.layout.deeper)
		view.graph_top += ROW;
	view.graph_bottom = view.graph_top + view.layout.nr_rows * ROW;
	view.height = view.graph_bottom + FOOTER + (input->comparison ? NOTE : 0);
	*ret_view = view;
	return 0;
}

void static_view_fini(struct static_view *view)
{
	layout_fini(&view->layout);
}

/* A box in whole pixels, with a gap of one below, and on the right where it can spare that. */
struct pixels {
	unsigned int x, y, width;
};

static struct pixels box_pixels(const struct static_view *view, const struct box *box)
{
	unsigned int left = (unsigned int)(box->x + 0.5);
	unsigned int right = (unsigned int)(box->x + box->width + 0.5);
	unsigned int full = right > left ? right - left : 1;

	return (struct pixels){
		.x = left + MARGIN,
		.y = view->graph_bottom - (box->row + 1) * ROW,
		.width = full < 3 ? full : full - 1,
	};
}

/* Grey where there is no evidence that the path changed. */
static unsigned int effect_class(const struct comparison *comparison, uint32_t node)
{
	if (!verdict_moved((enum verdict)comparison->total_paths[node].verdict))
		return COLOUR_SAME;
	return colour_effect_class(comparison_path_effect(comparison, node));
}

/* How many classes frames may have. */
static unsigned int class_count(const struct render_input *input)
{
	return input->comparison ? COLOUR_EFFECTS : COLOUR_CLASSES;
}

/* Strips have the class after the last of frames. */
static unsigned int box_class(const struct render_input *input, const struct box *box)
{
	const struct tree *tree = input->tree;
	const struct tree_frame *frame = &tree->frames[tree->nodes[box->node].frame];
	size_t len = strings_len(tree->strings, frame->name);

	if (box->merged)
		return class_count(input);
	if (input->comparison)
		return effect_class(input->comparison, box->node);
	return colour_class((enum frame_kind)frame->kind,
			    colour_shade(strings_text(tree->strings, frame->name), len));
}

static bool is_hatched(const struct tree *tree, const struct box *box)
{
	return box->width > 4 && (box->merged || tree_kind(tree, box->node) == FRAME_MARKER);
}

static void write_box(FILE *out, struct pixels at)
{
	fprintf(out, "M%u %uh%uv%dh-%uz", at.x, at.y, at.width, ROW - 1, at.width);
}

/* One path for each style class that occurs. */
static void write_boxes(const struct static_view *view, const struct render_input *input, FILE *out)
{
	const struct layout *layout = &view->layout;
	unsigned char classes[BOXES_MAX + 1];
	unsigned int strip = class_count(input);

	for (size_t i = 0; i < layout->nr_boxes; i++)
		classes[i] = (unsigned char)box_class(input, &layout->boxes[i]);

	for (unsigned int class = 0; class <= strip; class ++) {
		bool begun = false;

		for (size_t i = 0; i < layout->nr_boxes; i++) {
			if (classes[i] != class)
				continue;
			if (!begun && class < strip)
				fprintf(out, "<path class=\"%c%u\" d=\"",
					input->comparison ? 'e' : 'c', class);
			else if (!begun)
				fputs("<path class=\"strip\" d=\"", out);
			begun = true;
			write_box(out, box_pixels(view, &layout->boxes[i]));
		}
		if (begun)
			fputs("\"/>\n", out);
	}
}

static void write_hatching(const struct static_view *view, const struct tree *tree, FILE *out)
{
	bool begun = false;

	for (size_t i = 0; i < view->layout.nr_boxes; i++) {
		if (!is_hatched(tree, &view->layout.boxes[i]))
			continue;
		if (!begun)
			fputs("<path fill=\"url(#hatch)\" d=\"", out);
		begun = true;
		write_box(out, box_pixels(view, &view->layout.boxes[i]));
	}
	if (begun)
		fputs("\"/>\n", out);
}

static void write_label(const struct static_view *view, const struct tree *tree,
			const struct box *box, FILE *out)
{
	struct pixels at = box_pixels(view, box);
	uint32_t name = tree->frames[tree->nodes[box->node].frame].name;
	size_t cells =
		at.width > 2 * TEXT_INDENT ? (at.width - 2 * TEXT_INDENT) * 10 / CELL_TENTHS : 0;
	char label[LABEL_TEXT_MAX];
	size_t len;

	if (box->merged)
		return;
	len = label_fit(label, strings_text(tree->strings, name), strings_len(tree->strings, name),
			cells);
	if (!len)
		return;
	fprintf(out, "<text x=\"%u\" y=\"%u\">", at.x + TEXT_INDENT, at.y + BASELINE);
	escape_xml(out, label, len);
	fputs("</text>\n", out);
}

static void write_graph(const struct static_view *view, const struct render_input *input, FILE *out)
{
	const struct tree *tree = input->tree;

	fputs("<g id=\"frames\">\n", out);
	write_boxes(view, input, out);
	write_hatching(view, tree, out);
	for (size_t i = 0; i < view->layout.nr_boxes; i++)
		write_label(view, tree, &view->layout.boxes[i], out);
	fputs("</g>\n", out);
	if (view->layout.deeper) {
		fprintf(out,
			"<text class=\"more\" x=\"%d\" y=\"%u\">Deeper frames are in this file and "
			"are drawn where scripts may run.</text>\n",
			MARGIN, view->graph_top - 6);
	}
}

static void write_if_empty(const struct static_view *view, const struct render_input *input,
			   FILE *out)
{
	const char *what = "samples";

	if (tree_total(input->tree, 0, 0) != 0)
		return;
	for (size_t value = 0; value < input->about->nr_values; value++) {
		if (input->about->values[value].role == VALUE_LONGEST)
			what = "waits";
	}
	fprintf(out,
		"<text id=\"empty\" x=\"%d\" y=\"%u\">There are no %s in this profile.</text>\n",
		MARGIN + TEXT_INDENT, view->graph_top - 6, what);
}

static void write_header(const struct render_input *input, FILE *out)
{
	struct trust_item items[TRUST_ITEMS_MAX];
	size_t count = headline_trust(input, items);

	fprintf(out, "<text id=\"title\" x=\"%d\" y=\"20\">", MARGIN);
	headline_write_title(out, input);
	fprintf(out, "</text>\n<text id=\"place\" x=\"%d\" y=\"38\">", MARGIN);
	headline_write_place(out, input);
	fprintf(out, "</text>\n<text id=\"trust\" x=\"%d\" y=\"55\">", MARGIN);
	for (size_t i = 0; i < count; i++) {
		fprintf(out, "<tspan%s class=\"%s\" data-about=\"", i ? " dx=\"18\"" : "",
			items[i].warn ? "warn" : "fine");
		escape_xml_z(out, items[i].about);
		fprintf(out, "\">%s", items[i].warn ? "⚠ " : "");
		escape_xml_z(out, items[i].text);
		fputs("</tspan>", out);
	}
	fputs("</text>\n", out);
}

/*
 * The kinds that occur anywhere in the tree, in the order of their list. Of a comparison the script
 * alone wants to know them, since the static view has other colours.
 */
static void write_legend(const struct static_view *view, const struct render_input *input,
			 FILE *out)
{
	const struct tree *tree = input->tree;
	bool occurs[FRAME_KIND_COUNT] = {false};
	unsigned int x = MARGIN, y = view->graph_bottom + 12;

	for (size_t node = 1; node < tree->nr_nodes; node++)
		occurs[tree_kind(tree, (uint32_t)node)] = true;
	fprintf(out, "<g id=\"legend\"%s>\n", input->comparison ? " display=\"none\"" : "");
	for (unsigned int kind = 0; kind < FRAME_KIND_COUNT; kind++) {
		const char *word = frame_kind_word((enum frame_kind)kind);

		if (!occurs[kind])
			continue;
		fprintf(out,
			"<rect class=\"c%u\" x=\"%u\" y=\"%u\" width=\"12\" height=\"12\"/>"
			"<text x=\"%u\" y=\"%u\" data-kind=\"%u\" data-about=\"",
			colour_class((enum frame_kind)kind, COLOUR_SHADES / 2), x, y, x + 17,
			y + 10, kind);
		escape_xml_z(out, frame_kind_about((enum frame_kind)kind));
		fprintf(out, "\">%s</text>\n", word);
		x += 17 + (unsigned int)strlen(word) * CELL_TENTHS / 10 + 20;
	}
	fputs("</g>\n", out);
}

#define STEP_WIDTH 46 /* of a box of the scale, and of the one without evidence */
#define SAME_WIDTH 150

/* From which change on a class is used: "≤ −3", "> 0". */
static void write_step(FILE *out, unsigned int effect)
{
	unsigned int step = effect > COLOUR_SAME ? effect - COLOUR_SAME : COLOUR_SAME - effect;

	if (!step)
		fputs("no evidence of change", out);
	else if (step == 1)
		fputs(effect < COLOUR_SAME ? "&lt; 0" : "&gt; 0", out);
	else
		fprintf(out, "%s%g", effect < COLOUR_SAME ? "≤ −" : "≥ +",
			colour_step_points[step - 2]);
}

/* A scale of boxes for a comparison, and what the widths are: the script has others to choose from. */
static void write_scale(const struct static_view *view, FILE *out)
{
	unsigned int x = MARGIN + 50, y = view->graph_bottom + 10;

	fprintf(out, "<g id=\"scale\" class=\"more\">\n<text x=\"%d\" y=\"%u\">shrank</text>\n",
		MARGIN, y + BASELINE);
	for (unsigned int effect = 0; effect < COLOUR_EFFECTS; effect++) {
		unsigned int width = effect == COLOUR_SAME ? SAME_WIDTH : STEP_WIDTH;

		fprintf(out,
			"<rect class=\"e%u\" x=\"%u\" y=\"%u\" width=\"%u\" height=\"%d\"/>"
			"<text x=\"%u\" y=\"%u\" text-anchor=\"middle\">",
			effect, x, y, width - 1, ROW - 1, x + width / 2, y + BASELINE);
		write_step(out, effect);
		fputs("</text>\n", out);
		x += width;
	}
	fprintf(out,
		"<text x=\"%u\" y=\"%u\">grew (points)</text>\n"
		"<text x=\"%d\" y=\"%u\">Frames are as wide as the mean of both sides; colours are "
		"changes of totals.</text>\n</g>\n",
		x + 6, y + BASELINE, MARGIN, y + BASELINE + NOTE);
}

void static_view_write(const struct static_view *view, const struct render_input *input, FILE *out)
{
	write_header(input, out);
	write_graph(view, input, out);
	write_if_empty(view, input, out);
	if (input->comparison)
		write_scale(view, out);
	write_legend(view, input, out);
}
