/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The vdso, code that the kernel maps into every process: it is in no file until we write one. */
#ifndef BOLOMETER_UNWIND_VDSO_H
#define BOLOMETER_UNWIND_VDSO_H

/* It has a few pages. */
#define VDSO_BYTES_MAX 65536

/*
 * Our own vdso, the same as everybody's, as a file without a name. Returns a descriptor, the
 * caller's; -ENOENT where there is no vdso, -ENOEXEC where it is none that we know, or -errno.
 */
int vdso_open(void);

#endif
