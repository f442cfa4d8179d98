/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of the report that tells of waiting time. */
#ifndef BOLOMETER_REPORT_WAITS_H
#define BOLOMETER_REPORT_WAITS_H

#include "profiler/model/view.h"
#include "render/render.h"

/*
 * What was waited for and by whose work, each with time, number and longest wait; the functions that
 * most of the time passed through; and one line for the whole.
 */
void report_waits(const struct render_input *input, const struct view *view);

/*
 * The books of the threads' time, who is to blame for a residual, and what was left to estimates;
 * nothing for what was not kept.
 */
void report_books(const struct circumstances *about);

#endif
