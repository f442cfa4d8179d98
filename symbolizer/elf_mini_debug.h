/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mini debug information: an ELF file with the symbols of functions that are not
 * among the dynamic ones, compressed with xz, in the section .gnu_debugdata
 * (gdb manual, "Debugging information in a special section").
 */
#ifndef BOLOMETER_SYMBOLIZER_ELF_MINI_DEBUG_H
#define BOLOMETER_SYMBOLIZER_ELF_MINI_DEBUG_H

#include "symbolizer/elf_file.h"
#include "symbolizer/source.h"

/*
 * Decompresses the section of `file`, whose `elf` is open. Tells `source` of one that is refused.
 * Returns 1 with *ret open, 0 when there is none, or -ENOMEM.
 */
int elf_mini_debug_open(struct source *source, const struct elf_file *file, const char *path,
			struct elf_file *ret);

#endif
