/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a frame of text, with its address and file, to locations of the profile:
 * the names, modules and kinds that a capture of the same program would have.
 */
#ifndef BOLOMETER_FILE_PERF_PLACE_H
#define BOLOMETER_FILE_PERF_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "profiler/file/perf_line.h"
#include "profiler/model/profile.h"

/*
 * What a file that perf names is, and what its module is called: the last part of its path, without
 * brackets. Without a name it is told by the address whether it is the kernel.
 */
enum frame_kind perf_file_kind(const struct perf_frame *frame, struct piece *ret_module);

/*
 * Adds the locations of a frame, the outermost first: one, or with "a->b->c" as JIT compilers write
 * what they inlined, several. With `addrs` functions without a name are told apart by the address.
 * `each` is called for every one. Returns 0, -ENOMEM, or what `each` does.
 */
int perf_place_add(struct profile *profile, const struct perf_frame *frame, bool addrs,
		   int (*each)(void *data, uint32_t location), void *data);

#endif
