/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report of a capture on standard error: hottest functions, trust, losses, cost. */
#ifndef BOLOMETER_REPORT_H
#define BOLOMETER_REPORT_H

#include "render/render.h"

/* Says nothing when quiet. */
void report_print(const struct render_input *input);

#endif
