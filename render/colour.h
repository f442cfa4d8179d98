/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The colours of frames: the kind decides the hue, a hash of the name the
 * shade. The one table is in colour.c; it goes into the graph as style rules
 * .c0, .c1, ..., which the static view and the script both use.
 */
#ifndef BOLOMETER_RENDER_COLOUR_H
#define BOLOMETER_RENDER_COLOUR_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "profiler/model/frame_kind.h"

#define COLOUR_SHADES  5
#define COLOUR_CLASSES ((size_t)FRAME_KIND_COUNT * COLOUR_SHADES)

enum colour_theme {
	COLOUR_LIGHT,
	COLOUR_DARK,
	COLOUR_THEMES,
};

/* The reader chooses; COLOUR_SAFE is for those who do not tell red from green. */
enum colour_palette {
	COLOUR_USUAL,
	COLOUR_SAFE,
	COLOUR_PALETTES,
};

/* "#rrggbb" of a frame's box and of the text on it. */
const char *colour_of(enum colour_palette palette, enum colour_theme theme, enum frame_kind kind,
		      unsigned int shade);
const char *colour_of_text(enum colour_theme theme);

/* 0 to COLOUR_SHADES - 1: FNV-1a (32 bit) of the name's bytes. The script computes the same. */
unsigned int colour_shade(const char *name, size_t len);

/* Number of the style class: kind * COLOUR_SHADES + shade. */
static inline unsigned int colour_class(enum frame_kind kind, unsigned int shade)
{
	return (unsigned int)kind * COLOUR_SHADES + shade;
}

/*
 * The scale of a comparison: less is blue, more vermillion, which nobody takes for each other, and
 * darker the larger it is; no evidence of a change is grey. Classes .e0 (much less) to .e8 (much
 * more), of which .e4 is the grey.
 */
#define COLOUR_STEPS   4
#define COLOUR_EFFECTS (2 * COLOUR_STEPS + 1)
#define COLOUR_SAME    COLOUR_STEPS

/* From which size on, in points, the second to the last step is used. */
extern const double colour_step_points[COLOUR_STEPS - 1];

/* Number of the class of a change of so many points; 0 points are grey. */
unsigned int colour_effect_class(double points);
const char *colour_of_effect(enum colour_theme theme, unsigned int effect_class);

/* The style rules of both themes; those of COLOUR_SAFE are for what is within the class "eyes". */
void colour_write_rules(FILE *out);

#endif
