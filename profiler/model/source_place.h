/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where in the source a frame is. It stands beside the frame and not in it: the
 * tree merges frames of one function, whatever line was reached.
 */
#ifndef BOLOMETER_MODEL_SOURCE_PLACE_H
#define BOLOMETER_MODEL_SOURCE_PLACE_H

#include <stdbool.h>
#include <stdint.h>

/* Texts are string ids; STRING_NONE and 0 where it is not known. */
struct source_place {
	uint32_t function;   /* the name alone, where the frame's has the line in it as well */
	uint32_t linked;     /* the name as the linker has it */
	uint32_t file;	     /* path of the source file */
	uint32_t line;	     /* that was reached */
	uint32_t column;     /* likewise */
	uint32_t start_line; /* where the function begins */
};

static inline bool source_place_known(const struct source_place *place)
{
	return place->function || place->linked || place->file || place->line || place->column ||
	       place->start_line;
}

#endif
