/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * speedscope's file format (speedscope.app/file-format-schema.json): sampled and
 * evented profiles, as they are or packed with gzip.
 *
 * Several profiles in a file are threads, and added up. Time is read as
 * nanoseconds, whatever its unit; profiles of another kind of unit than the one
 * that speedscope would show first are left out, and that is said. What is between
 * an event and the next is a sample of the frames that are open.
 *
 * The text is in memory, at most 2 GiB of it, and what is made of it is bounded by
 * it, as every frame, sample and event takes bytes in the file: some fifteen bytes
 * for each where stacks are nothing but deep, much less else.
 */
#ifndef BOLOMETER_FILE_SPEEDSCOPE_H
#define BOLOMETER_FILE_SPEEDSCOPE_H

#include "profiler/file/file.h"

bool speedscope_looks_like(const char *head, size_t len);
int speedscope_read(int fd, const char *head, size_t len, struct profile *profile,
		    struct file_complaints *complaints);

#endif
