/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The separate file with what was stripped from a program or library.
 *
 * It is looked for by build id (DEBUG/.build-id/xx/yyyy.debug), then by the
 * name in .gnu_debuglink (beside the file, in .debug beside it, and in the same
 * folder below DEBUG), on the host and below the root of the process. What is
 * found is believed only if it belongs to the file: no other build id, for a
 * name also the CRC that the link states, the same machine and layout.
 */
#ifndef BOLOMETER_SYMBOLIZER_ELF_DEBUG_FILE_H
#define BOLOMETER_SYMBOLIZER_ELF_DEBUG_FILE_H

#include "symbolizer/elf_file.h"
#include "symbolizer/source.h"

/* Where debug files are below the root of a process. */
#define PROCESS_DEBUG_ROOT "/usr/lib/debug"

/*
 * Looks for the debug file of `file`, which the process knows as `path` below root_fd (-1: the
 * host's root; path may then be relative). Tells `source` of files that it refused. Returns 1 with
 * *ret open, 0 when there is none, or -ENOMEM.
 */
int elf_debug_file_find(struct source *source, const struct elf_file *file, const char *path,
			int root_fd, struct elf_file *ret);

#endif
