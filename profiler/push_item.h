/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is sent of one view: a pprof profile, what it is called, what its values are; see push.h. */
#ifndef BOLOMETER_PUSH_ITEM_H
#define BOLOMETER_PUSH_ITEM_H

#include "profiler/model/view.h"
#include "profiler/push.h"
#include "render/render.h"

/* Labels that a profile has without --push-label. */
#define PUSH_OWN_LABELS 2

struct push_item {
	char *series; /* "NAME{KEY=VALUE,...}" */
	char *url;    /* with the query */
	char *types;  /* JSON */
	char *profile;
	size_t profile_len;
	char *local;	/* the file that has it; NULL: none */
	char file[128]; /* the name of one */
};

/*
 * Makes it. `local` is a file that has the same, or NULL. Says what fails; returns 0, with
 * push_item_fini() to be called, or the exit status.
 */
int push_item_make(struct push_item *item, const struct push_plan *plan, enum view_id view,
		   const struct render_input *input, const char *local);
void push_item_fini(struct push_item *item);

/* Writes it to a file that is new, and notes where in `local`; says why where it cannot. */
void push_item_keep(struct push_item *item);

#endif
