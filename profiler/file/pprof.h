/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pprof profiles (github.com/google/pprof, proto/profile.proto): of Go, Parca,
 * Pyroscope and others, and our own, of which a comment has the circumstances
 * (docs/FORMAT.md, "pprof"). Packed with gzip or as they are.
 *
 * Names are those of the file: nothing is symbolized. The value that pprof would
 * show by default comes first.
 */
#ifndef BOLOMETER_FILE_PPROF_H
#define BOLOMETER_FILE_PPROF_H

#include "profiler/file/file.h"

bool pprof_looks_like(const char *head, size_t len);
int pprof_read(int fd, const char *head, size_t len, struct profile *profile,
	       struct file_complaints *complaints);

#endif
