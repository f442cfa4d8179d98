/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Folded stacks, the field's exchange format (Brendan Gregg's FlameGraph): one
 * stack a line, root first, frames joined by ';', a space, a count. The
 * annotations _[k], _[j] and _[i] at the end of a name say what kind it is, and
 * those of async-profiler. A line without a count is left out, as flamegraph.pl
 * does; of counts with fractions the sum stays what it is, but for less than 1.
 * Text with two numbers in every line is that of a comparison, and refused.
 */
#ifndef BOLOMETER_FILE_FOLDED_H
#define BOLOMETER_FILE_FOLDED_H

#include "profiler/file/file.h"

bool folded_looks_like(const char *head, size_t len);
int folded_read(int fd, const char *head, size_t len, struct profile *profile,
		struct file_complaints *complaints);

/* What a name says about its kind; an annotation is taken off the name. */
enum frame_kind folded_name_kind(const char *name, size_t *len);

#endif
