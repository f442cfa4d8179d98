/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --push: profiles that are finished go to a Pyroscope server. Planned and tried
 * for mistakes before the work starts; sent after all files have been written,
 * as often as there are profiles.
 */
#ifndef BOLOMETER_PUSH_H
#define BOLOMETER_PUSH_H

#include "profiler/model/view.h"
#include "profiler/options.h"
#include "profiler/upload/auth.h"
#include "render/render.h"

/* One view of a profile that is ready to be sent. */
struct push_item;

struct push_plan {
	char *endpoint;	    /* NULL: nothing is sent */
	unsigned int views; /* set of VIEW_BIT() of those that are */
	bool keeps;	    /* captures: what could not be sent is kept in a file */
	struct auth auth;
	char *ca; /* certificates; NULL for the usual ones */
	size_t ca_len;
	const char *name; /* NULL: the target's; texts and list are borrowed from the command line */
	struct text_list labels;
	uint64_t timeout_ns;

	struct push_item *items;
	size_t nr_items, cap_items;
};

/* The views that are sent: of "[VIEW:]URL" those that are named, and for a URL alone `view`. */
unsigned int push_views(const struct options *options, enum view_id view);

/*
 * Reads what --push and the options with it say. Says what is wrong; returns 0, EXIT_USAGE or
 * EXIT_FAILED. push_plan_fini() is called either way.
 */
int push_plan(struct push_plan *plan, const struct options *options, enum view_id view);
void push_plan_fini(struct push_plan *plan);

/*
 * Takes a view of a profile, which is then ready to be sent; `local` is a pprof file of it that was
 * written, or NULL. One that is not planned is left. Says what fails; returns the exit status.
 */
int push_add(struct push_plan *plan, enum view_id view, const struct render_input *input,
	     const char *local);

/*
 * Sends what was taken, and says how it went. Where that fails, captures are kept in a file, if none
 * was written, and the line says in which. Ctrl-C ends it. Returns the exit status.
 */
int push_send(struct push_plan *plan);

#endif
