/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames as text formats print them: cleaned once each, annotated where asked for. */
#ifndef BOLOMETER_RENDER_PRINTED_H
#define BOLOMETER_RENDER_PRINTED_H

#include <stdbool.h>
#include <stddef.h>

#include "profiler/model/alloc.h"
#include "profiler/model/tree.h"

struct printed_text {
	const char *text; /* not NUL terminated */
	size_t len;
};

struct printed_frames {
	struct printed_text *frames; /* by index of tree.frames */
	struct arena changed;	     /* texts that differ from the frame's name */
};

/* Returns 0 or -ENOMEM. The texts live as long as both `ret_printed` and the tree's strings. */
int printed_frames_init(struct printed_frames *ret_printed, const struct tree *tree, bool annotate);
void printed_frames_fini(struct printed_frames *printed);

#endif
