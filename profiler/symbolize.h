/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names for the addresses of a captured profile: the bridge from profile to symbolizer/. */
#ifndef BOLOMETER_SYMBOLIZE_H
#define BOLOMETER_SYMBOLIZE_H

#include "profiler/model/profile.h"
#include "profiler/model/symbols.h"
#include "profiler/proc/tracker.h"
#include "symbolizer/symbolizer.h"

struct symbolize_options {
	struct symbolizer_options symbolizer;
	bool names_with_lines; /* "deflate deflate.c:812" are frames, if lines are asked for at all */
};

/*
 * Fills `symbols` with a frame or more for every location of a sealed profile. `tracker` has the
 * files and JIT processes that the profile's mappings refer to. Calls `tell` for what the reader
 * should know. Notes the build ids of files in the profile's mappings. Returns 0 or -ENOMEM.
 */
int symbolize(struct profile *profile, const struct tracker *tracker,
	      const struct symbolize_options *options, struct symbols *symbols,
	      void (*tell)(void *data, const char *line), void *data);

#endif
