/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words of speedscope's file format (speedscope.app/file-format-schema.json), for both directions. */
#ifndef BOLOMETER_MODEL_SPEEDSCOPE_FORMAT_H
#define BOLOMETER_MODEL_SPEEDSCOPE_FORMAT_H

#define SPEEDSCOPE_SCHEMA "https://www.speedscope.app/file-format-schema.json"

/* Members that are our own; the schema allows others than its own everywhere. */
#define SPEEDSCOPE_ABOUT  "bolometer" /* of the file: the circumstances, as the head of a graph has them */
#define SPEEDSCOPE_GROUP  "group"     /* of a profile: its name is the frame that groups, of this kind */
#define SPEEDSCOPE_VALUE  "value"     /* of a profile: the place of its value in those of the circumstances; or 0 */
#define SPEEDSCOPE_NAMED  "named"     /* of a profile of another value than the first: the name without that of the value */
#define SPEEDSCOPE_KIND	  "kind"      /* of a frame: frame_kind_word(), where it is not "user" */
#define SPEEDSCOPE_MODULE "module"    /* of a frame */

/* A unit of weights, and what its values become in the model if nothing else is said. */
struct speedscope_unit {
	const char *word; /* in the file */
	const char *name, *unit; /* of the value type */
	int digits; /* a weight is so many powers of ten of the value's unit */
};

/* Ended by one without a word; the first is "none", which counts. */
extern const struct speedscope_unit speedscope_units[];

/* The word for a value's unit, "none" for most; and the unit of a word, NULL for one that is none. */
const char *speedscope_unit_word(const char *unit);
const struct speedscope_unit *speedscope_unit_find(const char *word);

#endif
