/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of a comparison on standard error. */
#ifndef BOLOMETER_REPORT_DIFF_H
#define BOLOMETER_REPORT_DIFF_H

#include "profiler/diff/align.h"
#include "profiler/model/comparison.h"

/* What was compared and how, what moved, what is new and gone, what was not comparable. */
void report_diff(const struct comparison *comparison, const struct alignment *alignment);

/* One line for each gate. */
void report_gates(const struct comparison *comparison);

#endif
