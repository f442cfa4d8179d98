// SPDX-License-Identifier: GPL-2.0-or-later
/* The SVG file, part by part; see svg.h. */
#include "render/svg.h"

#include <errno.h>
#include <string.h>

#include "render/block.h"
#include "render/colour.h"
#include "render/headline.h"
#include "render/static_view.h"

/* Neither the script nor the style holds "]]>"; a test makes sure of it. */
static const char script[] = {
#include "render/graph.js.inc"
};
static const char style[] = {
#include "render/graph.css.inc"
};

/* Grey stripes over strips and markers; the style gives them their colour. */
static const char hatch_pattern[] =
	"<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
	"patternTransform=\"rotate(45)\"><rect id=\"stripe\" width=\"2\" height=\"6\"/></pattern>"
	"</defs>\n";

/* The first character behind a comment and its line, where one begins at `at`. */
static const char *skip_comment(const char *at, const char *end)
{
	const char *close;

	if (end - at < 2 || at[0] != '/' || at[1] != '*')
		return at;
	close = memmem(at, (size_t)(end - at), "*/\n", 3);
	return close ? close + 3 : at;
}

/*
 * Script and style are written without indentation and without comments that have lines of their
 * own, but for the first, which says what it is: every graph carries them.
 */
static void write_source(FILE *out, const char *element, const char *text, size_t len)
{
	const char *end = text + len, *at = skip_comment(text, end);

	fprintf(out, "<%s><![CDATA[\n", element);
	fwrite(text, 1, (size_t)(at - text), out);
	while (at < end) {
		const char *line_end;

		while (at < end && (*at == '\t' || *at == '\n'))
			at++;
		if (skip_comment(at, end) != at) {
			at = skip_comment(at, end);
			continue;
		}
		line_end = memchr(at, '\n', (size_t)(end - at));
		line_end = line_end ? line_end + 1 : end;
		fwrite(at, 1, (size_t)(line_end - at), out);
		at = line_end;
	}
	fprintf(out, "]]></%s>\n", element);
}

static void write_style(FILE *out)
{
	fputs("<style>\n", out);
	colour_write_rules(out);
	fputs("</style>\n", out);
	write_source(out, "style", style, sizeof(style));
}

static int write_block(const struct render_input *input, FILE *out)
{
	int err;

	fprintf(out, "<metadata id=\"bolometer\" data-version=\"%d\" data-encoding=\"%s\">",
		block_version(input), block_encoding(input->tree));
	err = block_write(input, out);
	fputs("</metadata>\n", out);
	return err;
}

int svg_write_element(const struct render_input *input, FILE *out)
{
	struct static_view view;
	int err = static_view_init(&view, input);

	if (err)
		return err;
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\" "
		"viewBox=\"0 0 %d %u\">\n<title>",
		STATIC_VIEW_WIDTH, view.height, STATIC_VIEW_WIDTH, view.height);
	headline_write_title(out, input);
	fputs("</title>\n", out);
	write_style(out);
	fputs(hatch_pattern, out);
	static_view_write(&view, input, out);
	static_view_fini(&view);
	err = write_block(input, out);
	write_source(out, "script", script, sizeof(script));
	fputs("</svg>\n", out);
	if (!err && ferror(out))
		err = -EIO;
	return err;
}

int svg_write(const struct render_input *input, FILE *out)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", out);
	return svg_write_element(input, out);
}
