/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report of a capture on standard error: hottest functions, trust, losses, cost. */
#ifndef BOLOMETER_REPORT_H
#define BOLOMETER_REPORT_H

#include "profiler/model/view.h"
#include "render/render.h"

/* Of the tree of a view, or of one that stands for it. Says nothing when quiet. */
void report_print(const struct render_input *input, const struct view *view);

#endif
