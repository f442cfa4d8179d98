/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Java machines that were sampled are asked for the names of their code, when a capture ends. */
#ifndef BOLOMETER_JVMS_H
#define BOLOMETER_JVMS_H

#include "profiler/proc/tracker.h"

/*
 * Asks each machine that lives and whose generated code was sampled to write its perf map, reads it,
 * and removes maps that were not there before. Tells what was done, a line each. Returns 0 or -ENOMEM.
 */
int jvms_ask(struct tracker *tracker, void (*tell)(void *data, const char *line), void *data);

#endif
