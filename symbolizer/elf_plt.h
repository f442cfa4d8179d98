/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names for the stubs of the procedure linkage table.
 *
 * No symbol covers them. Each jumps through a slot of the global offset table,
 * and the relocation that fills the slot names the function. So a stub is
 * recognised by its instructions, whatever sections and layouts this or that
 * linker makes (.plt with and without lazy binding, .plt.sec, .plt.got, .iplt).
 */
#ifndef BOLOMETER_SYMBOLIZER_ELF_PLT_H
#define BOLOMETER_SYMBOLIZER_ELF_PLT_H

#include "symbolizer/elf_file.h"
#include "symbolizer/text_index.h"

/*
 * Adds the stubs of an x86-64 or arm64 file to the index, with NAME_OF_PLT and, in static
 * programs, NAME_OF_RESOLVER. Returns 0 or -ENOMEM.
 */
int elf_plt_add(struct text_index *index, const struct elf_file *file);

#endif
