// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of plain text; see plain.h. */
#include "render/plain.h"

#include <string.h>

#include "profiler/model/utf8.h"
#include "render/escape.h"
#include "render/number.h"

#define CUT "…" /* one column */

/* Columns of text as it is shown. */
static size_t width_of(const char *text, size_t len)
{
	size_t width = 0;

	for (size_t i = 0; i < len;) {
		uint32_t c;

		i += utf8_decode(text + i, len - i, &c);
		width += c == UINT32_MAX || utf8_is_deceptive(c) ? 1 : utf8_cells(c);
	}
	return width;
}

/* As many characters as fit. */
static void write_text(const char *text, size_t len, size_t columns, FILE *out)
{
	bool whole = width_of(text, len) <= columns;
	size_t left = whole ? columns : columns - 1;

	for (size_t i = 0; i < len;) {
		size_t from = i, len_shown;
		char bytes[8];
		uint32_t c;

		i += utf8_decode(text + i, len - i, &c);
		if (!whole && (c == UINT32_MAX ? 1 : utf8_cells(c)) > left)
			break;
		left -= whole ? 0 : (c == UINT32_MAX || utf8_is_deceptive(c)) ? 1 : utf8_cells(c);
		len_shown = escape_visible(bytes, sizeof(bytes), text + from, i - from);
		fwrite(bytes, 1, len_shown, out);
	}
	if (!whole)
		fputs(CUT, out);
}

void plain_write_frame(const struct render_input *input, uint32_t frame, size_t columns, FILE *out)
{
	const struct tree *tree = input->tree;
	const struct tree_frame *shown = &tree->frames[frame];
	const char *name = strings_text(tree->strings, shown->name);
	const char *module = strings_text(tree->strings, shown->module);
	const char *note = input->annotate
				   ? frame_kind_annotation((enum frame_kind)shown->kind) : "";
	size_t len = strings_len(tree->strings, shown->name), note_len = strlen(note);
	size_t module_len = strings_len(tree->strings, shown->module), used;

	write_text(name, len, columns - note_len, out);
	fputs(note, out);
	used = width_of(name, len) + note_len;
	if (!module_len || used + 2 + width_of(module, module_len) > columns)
		return;
	fputs("  ", out);
	write_text(module, module_len, columns - used - 2, out);
}

void plain_write_amount(const struct render_input *input, int64_t amount, int columns, FILE *out)
{
	char text[NUMBER_TEXT_MAX];
	int pad;

	number_amount(text, amount, input->about->values[0].unit);
	pad = columns - (int)width_of(text, strlen(text));
	fprintf(out, "%*s%s", pad > 0 ? pad : 0, "", text);
}

void plain_write_share(const struct render_input *input, int64_t amount, int columns, FILE *out)
{
	char text[NUMBER_TEXT_MAX];

	number_share(text, amount, tree_total(input->tree, 0, 0));
	fprintf(out, "%*s", columns, text);
}

static void write_lost(const struct circumstances *about, FILE *out)
{
	char lost[NUMBER_TEXT_MAX], fired[NUMBER_TEXT_MAX];

	if (!circumstances_lost(about))
		return;
	number_count(lost, (int64_t)circumstances_lost(about));
	number_count(fired, (int64_t)about->fired);
	fprintf(out, ", %s of %s events lost", lost, fired);
}

void plain_write_head(const struct render_input *input, FILE *out)
{
	const struct circumstances *about = input->about;
	const char *title = about->title ? about->title : about->target;
	char number[NUMBER_TEXT_MAX];

	if (title) {
		write_text(title, strlen(title), PLAIN_COLUMNS, out);
		fputc('\n', out);
	}
	plain_write_amount(input, tree_total(input->tree, 0, 0), 0, out);
	fprintf(out, " %s", about->values[0].name);
	if (about->duration_ns) {
		number_duration(number, (int64_t)about->duration_ns);
		fprintf(out, " in %s", number);
	}
	write_lost(about, out);
	fputs("\n\n", out);
}
