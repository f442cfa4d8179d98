// SPDX-License-Identifier: GPL-2.0-or-later
/* The SVG file, part by part; see svg.h. */
#include "render/svg.h"

#include <errno.h>
#include <string.h>

#include "render/block.h"
#include "render/colour.h"
#include "render/headline.h"
#include "render/static_view.h"

/* Neither of them holds "]]>"; a test makes sure of it. */
static const char bootstrap[] = {
#include "render/bootstrap.js.inc"
};
static const char style[] = {
#include "render/static_view.min.css.inc"
};

/* Script and style of the page, gzipped and in base64. */
static const char page[] = {
#include "render/page.min.js.gz.b64.inc"
};
static const char look[] = {
#include "render/page.min.css.gz.b64.inc"
};

/* Grey stripes over strips and markers; the style gives them their colour. */
static const char hatch_pattern[] =
	"<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
	"patternTransform=\"rotate(45)\"><rect id=\"stripe\" width=\"2\" height=\"6\"/></pattern>"
	"</defs>\n";

static void write_source(FILE *out, const char *element, const char *text, size_t len)
{
	fprintf(out, "<%s><![CDATA[\n", element);
	fwrite(text, 1, len, out);
	fprintf(out, "]]></%s>\n", element);
}

static void write_packed(FILE *out, const char *id, const char *base64, size_t len)
{
	fprintf(out, "<metadata id=\"%s\" data-encoding=\"gzip\">", id);
	fwrite(base64, 1, len, out);
	fputs("</metadata>\n", out);
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
	write_packed(out, "page", page, sizeof(page));
	write_packed(out, "look", look, sizeof(look));
	write_source(out, "script", bootstrap, sizeof(bootstrap));
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
