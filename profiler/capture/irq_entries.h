/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the kernel enters for interrupts: ranges of addresses, from /proc/kallsyms. */
#ifndef BOLOMETER_CAPTURE_IRQ_ENTRIES_H
#define BOLOMETER_CAPTURE_IRQ_ENTRIES_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Fills up to `max` ranges [from, to), and returns how many there are: 0 where the kernel hides its
 * addresses.
 */
size_t irq_entries(uint64_t *from, uint64_t *to, size_t max);

/* The same from a file like it. */
size_t irq_entries_read(FILE *file, uint64_t *from, uint64_t *to, size_t max);

#endif
