/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a filled profile to the files and the report: the part that all commands share. */
#ifndef BOLOMETER_PRESENT_H
#define BOLOMETER_PRESENT_H

#include "profiler/model/profile.h"
#include "profiler/model/symbols.h"
#include "profiler/options.h"
#include "profiler/output.h"

/*
 * Checks the profile, builds the tree of each view that is planned, writes its files, and then sends
 * what is to be sent. The profile
 * must be sealed and named by `symbols`. With `report`, the report of the plan's own view goes to
 * standard error first. Says what fails; returns the exit status.
 */
int present(struct profile *profile, struct symbols *symbols, const struct options *options,
	    struct output_plan *plan, bool report);

/* The same for a profile whose locations are names already: seals it and needs no symbols. */
int present_named(struct profile *profile, const struct options *options,
		  struct output_plan *plan);

#endif
