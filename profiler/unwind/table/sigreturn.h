/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The code that signal handlers return to on arm64. It is in the vdso, and has
 * no call-frame information since Linux 5.8 (arch/arm64/kernel/vdso/
 * sigreturn.S says why: unwinders that know no signal frames crashed on it). So
 * it is found by its two instructions, which must not change as unwinders know
 * them. Programs for x86-64 bring code of their own, with its information.
 */
#ifndef BOLOMETER_UNWIND_SIGRETURN_H
#define BOLOMETER_UNWIND_SIGRETURN_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/shared_unwind.h"
#include "profiler/unwind/table/elf_image.h"

/* Before it stands an instruction that is never run, for callers are looked up before their ip. */
#define SIGRETURN_BEFORE_BYTES 4
#define SIGRETURN_BYTES	       8

/*
 * Looks for it in a file that the image was read from, and sets image->sigreturn. Only in one that
 * is no larger than a vdso: in others it is not. Returns 0, found or not, or -errno of reading.
 */
int sigreturn_find(int fd, struct elf_image *image);

/* The row for it, without its address: SP is at the signal frame of the kernel. */
struct unwind_row sigreturn_row(void);

#endif
