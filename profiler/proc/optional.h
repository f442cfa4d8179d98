/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Features of the kernel that captures can do without, by the names that `doctor` has for them. What is
 * done without each is in docs/KERNELS.md.
 */
#ifndef BOLOMETER_PROC_OPTIONAL_H
#define BOLOMETER_PROC_OPTIONAL_H

#include <stdbool.h>

#define OPTIONAL_DELAYS		 "run queue delays"
#define OPTIONAL_SWITCH_STATE	 "states of switches"
#define OPTIONAL_RUN_QUEUE_CLOCK "run queue clocks"
#define OPTIONAL_STATISTICS	 "program statistics"
#define OPTIONAL_UNWINDING	 "unwind tables"
#define OPTIONAL_MAP_FILES	 "mapped files"

/*
 * For tests: what is done without a feature can be tried on a kernel that has it. It counts as missing
 * when its name stands in the environment variable BOLOMETER_WITHOUT; names are divided by commas.
 */
bool optional_hidden(const char *name);

#endif
