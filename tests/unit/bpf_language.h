/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What bpf_helpers.h adds to C, for BPF programs that are compiled for the host. */
#ifndef BOLOMETER_TESTS_BPF_LANGUAGE_H
#define BOLOMETER_TESTS_BPF_LANGUAGE_H

#define SEC(name)
#define __uint(name, value) int(*name)[value]
#define __type(name, type)  type *name
#define __array(name, type) type *name[]
#define __noinline	    static __attribute__((noinline))
#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#define barrier_var(var) __asm__ volatile("" : "+r"(var))

#endif
