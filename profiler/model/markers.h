/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names that are not functions. Written here once, so that no two places spell them differently. */
#ifndef BOLOMETER_MODEL_MARKERS_H
#define BOLOMETER_MODEL_MARKERS_H

#define MARKER_UNKNOWN	  "[unknown]"	/* an address in no known mapping */
#define MARKER_TRUNCATED  "[truncated]" /* stands where the missing callers would be */
#define MARKER_INCOMPLETE "[incomplete: " /* reason and "]" follow */
#define MARKER_NO_STACK	  "[no stack]"
#define MARKER_IDLE	  "[idle]"

#endif
