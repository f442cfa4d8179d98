/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that run other programs: which they are, and how they come to say names of functions. */
#ifndef BOLOMETER_RUNTIMES_H
#define BOLOMETER_RUNTIMES_H

#include "profiler/proc/tracker.h"

enum runtime { RUNTIME_NONE, RUNTIME_NODE, RUNTIME_JAVA, RUNTIME_PYTHON, RUNTIME_COUNT };

/* By the name of a file that is mapped. */
enum runtime runtime_of_file(const char *path);

/* By all the files that a process has mapped; RUNTIME_NONE where it is not known any more. */
enum runtime runtime_of_process(const struct tracker *tracker, uint32_t tgid);

/* What to tell people whose profile has no names of its functions, in one line. */
const char *runtime_advice(enum runtime runtime);

#endif
