// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of output formats and the look-ups in it; see render.h. */
#include "render/render.h"

#include <string.h>

#include "render/folded.h"
#include "render/html.h"
#include "render/pprof.h"
#include "render/svg.h"

const struct render_format render_formats[] = {
	{"svg", ".svg", "interactive flame graph in one file", svg_write, 0},
	{"html", ".html .htm", "the same as a web page, where scripts in SVG are refused",
	 html_write, 0},
	{"folded", ".folded .txt", "one stack a line: frames joined by ; and a number",
	 folded_write, 0},
	{"pprof", ".pb.gz .pprof", "pprof profile: with addresses, inlined functions, lines, labels",
	 pprof_write, RENDER_LINES | RENDER_SAMPLES},
	{0},
};

const struct render_format *render_format_by_name(const char *name)
{
	for (const struct render_format *format = render_formats; format->name; format++) {
		if (strcmp(format->name, name) == 0)
			return format;
	}
	return NULL;
}

static bool path_ends_with(const char *path, const char *suffix, size_t suffix_len)
{
	size_t len = strlen(path);

	return len > suffix_len && memcmp(path + len - suffix_len, suffix, suffix_len) == 0;
}

static bool format_has_suffix_of(const struct render_format *format, const char *path)
{
	const char *suffix = format->suffixes;

	while (*suffix) {
		size_t len = strcspn(suffix, " ");

		if (path_ends_with(path, suffix, len))
			return true;
		suffix += len;
		suffix += strspn(suffix, " ");
	}
	return false;
}

const struct render_format *render_format_by_suffix(const char *path)
{
	for (const struct render_format *format = render_formats; format->name; format++) {
		if (format_has_suffix_of(format, path))
			return format;
	}
	return NULL;
}
