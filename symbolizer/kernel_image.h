/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vmlinux that the running kernel was made of, with debug information, if there is one on this
 * machine: what says which functions were inlined in the kernel, and its source lines.
 *
 * It is looked for below the debug root as boot/vmlinux-RELEASE and lib/modules/RELEASE/vmlinux, and
 * is used only if it has the build id that the kernel says it has.
 */
#ifndef BOLOMETER_SYMBOLIZER_KERNEL_IMAGE_H
#define BOLOMETER_SYMBOLIZER_KERNEL_IMAGE_H

#include "symbolizer/elf_file.h"
#include "symbolizer/source.h"

/* All zero, with file.fd -1: none. */
struct kernel_image {
	struct elf_file file;
	uint64_t slide; /* what has to be added to its addresses: where the kernel was loaded */
};

/*
 * `notes_fd` has the notes that the kernel was linked with (/sys/kernel/notes; -1: not to be had), `stext` is
 * where its symbol _stext is. Tells `source` of files that it refused. Returns 1,
 * 0 when there is none, or -ENOMEM; kernel_image_close() is due after 1.
 */
int kernel_image_open(struct kernel_image *image, struct source *source, int notes_fd, uint64_t stext);
void kernel_image_close(struct kernel_image *image);

#endif
