/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text that `perf script` prints, of any version since 3.x and with any -F
 * that keeps the stacks: samples, each a line that says whose it is and a line a
 * frame, the leaf first; or one line with the only frame.
 *
 * Counted are samples, and what the event's period adds up to where the text has
 * it. Every sample is kept: one without a stack has "[no stack]", and the last
 * need not be followed by an empty line.
 */
#ifndef BOLOMETER_FILE_PERF_SCRIPT_H
#define BOLOMETER_FILE_PERF_SCRIPT_H

#include "profiler/file/file.h"

bool perf_script_looks_like(const char *head, size_t len);
int perf_script_read(int fd, const char *head, size_t len, struct profile *profile,
		     struct file_complaints *complaints);

/* What perf itself writes, perf.data: it cannot be read here, and that is said. */
bool perf_data_looks_like(const char *head, size_t len);
int perf_data_read(int fd, const char *head, size_t len, struct profile *profile,
		   struct file_complaints *complaints);

#endif
