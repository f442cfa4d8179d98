// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The palette; see colour.h.
 *
 * Made in OKLCH: each kind keeps one hue and nearly one chroma, the shades are
 * equal steps of lightness. Hues stand where people with deuteranopia or
 * protanopia still tell neighbours apart by lightness or by blue against
 * yellow; kinds that are not code (marker, unnamed) have nearly no chroma.
 *
 * Waiting is cold where running is warm: a strong blue. Rose for the run queue
 * warns a little. A waker's stack is the palest on white and the darkest on
 * black, so that it stands back behind the stack that it woke. These three
 * differ from each other and from what they stand on by lightness too, as blue
 * and violet, or red and brown, are one hue to some.
 *
 * The other palette is for readers who do not tell red from green: any two
 * kinds differ, by lightness and by blue against yellow, to any eye. It was
 * searched for: the one with the largest least distance between two kinds, of
 * those within 45 degrees of a hue like the usual palette's. Shades are closer
 * together, to leave room.
 *
 * Text has a contrast of at least 5.4:1 on every one of them.
 */
#include "render/colour.h"

#include <math.h>

static const char text_colours[COLOUR_THEMES][8] = {"#14171c", "#f4f4f2"};

static const char usual[FRAME_KIND_COUNT][COLOUR_THEMES][COLOUR_SHADES][8] = {
	[FRAME_KERNEL] = {{"#f29780", "#f8a28a", "#feae95", "#febba4", "#fec9b5"},
			  {"#682c1e", "#703423", "#783c29", "#80442f", "#894c35"}},
	[FRAME_USER] = {{"#f1b960", "#f7c470", "#fcce80", "#ffda98", "#ffe5b6"},
			{"#5e3f02", "#674600", "#704e00", "#785601", "#7f5e10"}},
	[FRAME_LIBRARY] = {{"#abc882", "#b3d18f", "#bbda9d", "#c4e3ab", "#cdecb8"},
			   {"#384b19", "#3e5322", "#445b2a", "#4a6333", "#506b3c"}},
	[FRAME_JIT] = {{"#71c6a8", "#7dceb3", "#8ad7be", "#97dfc9", "#a4e7d4"},
		       {"#024d3a", "#0d5542", "#165d4b", "#1f6453", "#276c5c"}},
	[FRAME_INLINED] = {{"#77c6de", "#85cee6", "#94d6ee", "#a2dff6", "#afe7fe"},
			   {"#074b5b", "#145263", "#1f596c", "#286174", "#31687d"}},
	[FRAME_INTERPRETER] = {{"#de9fc6", "#e6a9cd", "#eeb3d3", "#f6beda", "#fdc8e2"},
			       {"#5b324c", "#633953", "#6c4059", "#744760", "#7d4f66"}},
	[FRAME_GROUP] = {{"#a5b6da", "#afbfe1", "#bac7e8", "#c5d0ef", "#cfd9f6"},
			 {"#374259", "#3e4961", "#465069", "#4e5770", "#565e78"}},
	[FRAME_MARKER] = {{"#beb6a8", "#c7bfb2", "#cfc9bb", "#d7d2c5", "#e0dbcf"},
			  {"#474238", "#4e493f", "#555046", "#5d584e", "#646055"}},
	[FRAME_WAITING] = {{"#69a0eb", "#73a8f0", "#7eb0f5", "#88b8f9", "#93c1fe"},
			   {"#164893", "#1d4f9a", "#2355a1", "#2a5ba9", "#3062b0"}},
	[FRAME_RUN_QUEUE] = {{"#e276a0", "#e781a7", "#ec8baf", "#f196b7", "#f6a0bf"},
			     {"#69143f", "#711c45", "#79234c", "#802b52", "#883259"}},
	[FRAME_WAKER] = {{"#d1b9f3", "#d7c1f6", "#ddcaf8", "#e3d2fb", "#e9dbfe"},
			 {"#402a5a", "#462f60", "#4c3566", "#523b6d", "#584173"}},
	[FRAME_UNNAMED] = {{"#b3b6ba", "#bcbfc2", "#c6c8cb", "#cfd1d4", "#d8dadd"},
			   {"#404244", "#48494c", "#4f5053", "#56585b", "#5e5f62"}},
};

static const char safe[FRAME_KIND_COUNT][COLOUR_THEMES][COLOUR_SHADES][8] = {
	[FRAME_KERNEL] = {{"#f2bd65", "#f5c068", "#f8c36b", "#fbc66e", "#fec971"},
			  {"#4e0300", "#510601", "#540902", "#570d04", "#591007"}},
	[FRAME_USER] = {{"#b6861f", "#b88923", "#bb8b27", "#be8e2b", "#c1912f"},
			{"#494400", "#4c4603", "#4e4906", "#514b0a", "#534e0e"}},
	[FRAME_LIBRARY] = {{"#f2e885", "#f5eb88", "#f8ee8b", "#fbf18e", "#fef491"},
			   {"#5c5c04", "#5e5e09", "#61610e", "#646312", "#666616"}},
	[FRAME_JIT] = {{"#caf0ce", "#cdf3d1", "#d0f6d3", "#d3f9d6", "#d6fcd9"},
		       {"#475e4e", "#4a6150", "#4c6353", "#4f6655", "#516858"}},
	[FRAME_INLINED] = {{"#92bdf3", "#94c0f6", "#97c3f9", "#9ac6fc", "#9dc9ff"},
			   {"#0e3c82", "#113f85", "#144188", "#16448b", "#19478e"}},
	[FRAME_INTERPRETER] = {{"#eab9b4", "#edbcb7", "#f0bfba", "#f3c2bd", "#f6c4bf"},
			       {"#3e2e5a", "#40305c", "#43325f", "#453561", "#473764"}},
	[FRAME_GROUP] = {{"#a7ddf3", "#aae0f6", "#ade2f9", "#b0e5fc", "#b3e8ff"},
			 {"#4651a1", "#4853a4", "#4b56a7", "#4d58aa", "#4f5bad"}},
	[FRAME_MARKER] = {{"#938d80", "#969082", "#989385", "#9b9588", "#9e988a"},
			  {"#39372d", "#3b392f", "#3d3b31", "#403e34", "#424036"}},
	[FRAME_WAITING] = {{"#809ff0", "#83a2f3", "#86a5f7", "#89a7fa", "#8baafd"},
			   {"#310b5c", "#330f5f", "#351261", "#371564", "#391867"}},
	[FRAME_RUN_QUEUE] = {{"#ea9872", "#ed9a75", "#f19d78", "#f4a07b", "#f7a37d"},
			     {"#2e2034", "#312236", "#332539", "#35273b", "#37293d"}},
	[FRAME_WAKER] = {{"#828cb9", "#858ebc", "#8791bf", "#8a94c2", "#8d97c5"},
			 {"#45597b", "#485c7e", "#4a5f81", "#4c6183", "#4f6486"}},
	[FRAME_UNNAMED] = {{"#a4a5b2", "#a7a7b4", "#aaaab7", "#adadba", "#afb0bd"},
			   {"#3f4853", "#424a55", "#444d58", "#464f5a", "#49525d"}},
};

static const char (*const palettes[COLOUR_PALETTES])[COLOUR_THEMES][COLOUR_SHADES][8] = {
	[COLOUR_USUAL] = usual,
	[COLOUR_SAFE] = safe,
};

static const char effects[COLOUR_THEMES][COLOUR_EFFECTS][8] = {
	{"#4a8ad4", "#74aae3", "#a0c6ee", "#c6dcf5", "#e6e6e3", "#f9d3b6", "#f6b484", "#ee9257",
	 "#dc6a30"},
	{"#0f5aac", "#154f8c", "#1a4470", "#203a58", "#3a3c3f", "#54341b", "#6c3c1a", "#854212",
	 "#9b470a"},
};

const double colour_step_points[COLOUR_STEPS - 1] = {1, 3, 10};

unsigned int colour_effect_class(double points)
{
	unsigned int step = points == 0 ? 0 : 1;

	for (unsigned int i = 0; i < COLOUR_STEPS - 1; i++)
		step += fabs(points) >= colour_step_points[i];
	return points < 0 ? COLOUR_SAME - step : COLOUR_SAME + step;
}

const char *colour_of_effect(enum colour_theme theme, unsigned int effect_class)
{
	return effects[theme][effect_class];
}

const char *colour_of(enum colour_palette palette, enum colour_theme theme, enum frame_kind kind,
		      unsigned int shade)
{
	return palettes[palette][kind][theme][shade];
}

const char *colour_of_text(enum colour_theme theme)
{
	return text_colours[theme];
}

unsigned int colour_shade(const char *name, size_t len)
{
	uint32_t hash = 2166136261U;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)name[i]) * 16777619U;
	/* The low bits of a product know only the low bits of the bytes: use the upper ones. */
	return (hash >> 16) % COLOUR_SHADES;
}

static void write_palette(FILE *out, enum colour_theme theme, enum colour_palette palette)
{
	const char *within = palette == COLOUR_SAFE ? ".eyes " : "";

	for (unsigned int kind = 0; kind < FRAME_KIND_COUNT; kind++) {
		for (unsigned int shade = 0; shade < COLOUR_SHADES; shade++) {
			fprintf(out, "%s.c%u{fill:%s}", within,
				colour_class((enum frame_kind)kind, shade),
				palettes[palette][kind][theme][shade]);
		}
		fputc('\n', out);
	}
}

static void write_theme(FILE *out, enum colour_theme theme)
{
	for (unsigned int palette = 0; palette < COLOUR_PALETTES; palette++)
		write_palette(out, theme, (enum colour_palette)palette);
	for (unsigned int effect = 0; effect < COLOUR_EFFECTS; effect++)
		fprintf(out, ".e%u{fill:%s}", effect, effects[theme][effect]);
	fputc('\n', out);
}

void colour_write_rules(FILE *out)
{
	write_theme(out, COLOUR_LIGHT);
	fputs("@media screen and (prefers-color-scheme:dark){\n", out);
	write_theme(out, COLOUR_DARK);
	fputs("}\n", out);
}
