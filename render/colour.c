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

static const char text_colours[COLOUR_THEMES][8] = {"#14171c", "#f4f4f2"};

static const char palettes[COLOUR_PALETTES][FRAME_KIND_COUNT][COLOUR_THEMES][COLOUR_SHADES][8] =
	{
		[COLOUR_USUAL] =
			{
				[FRAME_KERNEL] = {{"#f29780", "#f8a28a", "#feae95", "#febba4",
						   "#fec9b5"},
						  {"#682c1e", "#703423", "#783c29", "#80442f",
						   "#894c35"}},
				[FRAME_USER] = {{"#f1b960", "#f7c470", "#fcce80", "#ffda98",
						 "#ffe5b6"},
						{"#5e3f02", "#674600", "#704e00", "#785601",
						 "#7f5e10"}},
				[FRAME_LIBRARY] = {{"#abc882", "#b3d18f", "#bbda9d", "#c4e3ab",
						    "#cdecb8"},
						   {"#384b19", "#3e5322", "#445b2a", "#4a6333",
						    "#506b3c"}},
				[FRAME_JIT] = {{"#71c6a8", "#7dceb3", "#8ad7be", "#97dfc9",
						"#a4e7d4"},
					       {"#024d3a", "#0d5542", "#165d4b", "#1f6453",
						"#276c5c"}},
				[FRAME_INLINED] = {{"#77c6de",
						    "#85cee6", "#94d6ee", "#a2dff6", "#afe7fe"},
						   {"#074b5b",
						    "#145263", "#1f596c", "#286174", "#31687d"}},
				[FRAME_INTERPRETER] = {{"#de9fc6", "#e6a9cd",
							"#eeb3d3", "#f6beda", "#fdc8e2"},
						       {"#5b324c", "#633953",
							"#6c4059", "#744760", "#7d4f66"}},
				[FRAME_GROUP] = {{"#a5b6da", "#afbfe1", "#bac7e8", "#c5d0ef",
						  "#cfd9f6"},
						 {"#374259", "#3e4961", "#465069", "#4e5770",
						  "#565e78"}},
				[FRAME_MARKER] =
					{{"#beb6a8", "#c7bfb2", "#cfc9bb", "#d7d2c5", "#e0dbcf"},
					 {"#474238", "#4e493f", "#555046", "#5d584e", "#646055"}},
				[FRAME_WAITING] = {{"#69a0eb",
						    "#73a8f0", "#7eb0f5", "#88b8f9", "#93c1fe"},
						   {"#164893",
						    "#1d4f9a", "#2355a1", "#2a5ba9", "#3062b0"}},
				[FRAME_RUN_QUEUE] = {{"#e276a0", "#e781a7", "#ec8baf", "#f196b7",
						      "#f6a0bf"},
						     {"#69143f", "#711c45", "#79234c", "#802b52",
						      "#883259"}},
				[FRAME_WAKER] = {{"#d1b9f3", "#d7c1f6", "#ddcaf8", "#e3d2fb",
						  "#e9dbfe"},
						 {"#402a5a", "#462f60", "#4c3566", "#523b6d",
						  "#584173"}},
				[FRAME_UNNAMED] = {{"#b3b6ba",
						    "#bcbfc2", "#c6c8cb", "#cfd1d4", "#d8dadd"},
						   {"#404244",
						    "#48494c", "#4f5053", "#56585b", "#5e5f62"}},
			},
		[COLOUR_SAFE] =
			{
				[FRAME_KERNEL] = {{"#d3a35b", "#d6a65e", "#d9a961", "#dcac64",
						   "#dfaf66"},
						  {"#4b0800", "#4e0b00", "#510e01", "#531103",
						   "#561405"}},
				[FRAME_USER] = {{"#e6c56d", "#e9c870", "#eccb73", "#efce76",
						 "#f2d179"},
						{"#605b0a", "#625d0e", "#656012", "#676216",
						 "#6a651a"}},
				[FRAME_LIBRARY] = {{"#e5f19b",
						    "#e8f49e", "#eaf7a1", "#edfaa4", "#f0fda7"},
						   {"#283c2e",
						    "#2a3e30", "#2c4132", "#2f4335", "#314537"}},
				[FRAME_JIT] = {{"#b8d0b0", "#bbd3b2", "#bed6b5", "#c1d9b8",
						"#c4dcbb"},
					       {"#304a02", "#334c06", "#354f09", "#37510d",
						"#3a5410"}},
				[FRAME_INLINED] = {{"#a3b7d0",
						    "#a5bad3", "#a8bdd6", "#abc0d9", "#aec3dc"},
						   {"#345b82",
						    "#365e85", "#396088", "#3b638a", "#3e668d"}},
				[FRAME_INTERPRETER] = {{"#9c899c", "#9e8c9f",
							"#a18ea2", "#a491a4", "#a794a7"},
						       {"#3b2d53", "#3d2f55",
							"#403258", "#42345a", "#44375d"}},
				[FRAME_GROUP] = {{"#c4cef2", "#c7d1f5", "#cad4f8", "#cdd7fb",
						  "#d0dafe"},
						 {"#20307b", "#22327e", "#243581", "#263784",
						  "#283a86"}},
				[FRAME_MARKER] = {{"#afa196", "#b2a499", "#b4a79c", "#b7aa9e",
						   "#baada1"},
						  {"#5c5751", "#5f5a53", "#615c56", "#645f58",
						   "#66625b"}},
				[FRAME_WAITING] = {{"#8288d5",
						    "#858ad8", "#888ddb", "#8a90de", "#8d93e1"},
						   {"#2e1252",
						    "#301455", "#321757", "#34195a", "#371c5c"}},
				[FRAME_RUN_QUEUE] = {{"#cc7a55", "#cf7d58", "#d27f5b", "#d5825e",
						      "#d88560"},
						     {"#524058", "#54435b", "#57455e", "#594860",
						      "#5c4a63"}},
				[FRAME_WAKER] = {{"#92a4f0", "#94a7f3", "#97aaf6", "#9aacf9",
						  "#9daffc"},
						 {"#3a4795", "#3c4a98", "#3e4c9b", "#414f9e",
						  "#4352a1"}},
				[FRAME_UNNAMED] = {{"#e6e6e9",
						    "#e9e9ec", "#ececef", "#efeff2", "#f2f2f5"},
						   {"#23252e",
						    "#252730", "#282932", "#2a2b34", "#2c2e37"}},
			},
};

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
}

void colour_write_rules(FILE *out)
{
	write_theme(out, COLOUR_LIGHT);
	fputs("@media screen and (prefers-color-scheme:dark){\n", out);
	write_theme(out, COLOUR_DARK);
	fputs("}\n", out);
}
