/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bolometer's own graphs, SVG or HTML, read back from their data block
 * (docs/FORMAT.md): the whole tree, with modules and kinds of frames, and the
 * circumstances, so that drawing it again gives the same graph.
 *
 * The frame of the group (thread, process) is part of the stacks then: there is
 * nothing left to group by. What one view showed is the whole profile, with the
 * view's own values.
 */
#ifndef BOLOMETER_FILE_GRAPH_H
#define BOLOMETER_FILE_GRAPH_H

#include "profiler/file/file.h"

/* Any SVG or HTML: also graphs of others, which graph_read() then refuses. */
bool graph_looks_like(const char *head, size_t len);
int graph_read(int fd, const char *head, size_t len, struct profile *profile,
	       struct file_complaints *complaints);

#endif
