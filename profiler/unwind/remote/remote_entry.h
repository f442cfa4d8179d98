/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One entry of call-frame information, written anew in the plainest form of
 * .eh_frame (LSB Core 5.0, section 10.6): whichever section and encodings a file
 * uses, libunwind reads the same few bytes in front of the instructions. They
 * lie at an address where no process has memory.
 */
#ifndef BOLOMETER_UNWIND_REMOTE_ENTRY_H
#define BOLOMETER_UNWIND_REMOTE_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/unwind/remote/remote_file.h"

/* Not canonical on x86-64, and beyond what arm64 translates. */
#define REMOTE_ENTRY_ADDR 0x0b01000000000000ULL

/* All zero is none. */
struct remote_entry {
	uint8_t *bytes; /* owned: a search table of one place, the CIE, the FDE, zeros */
	size_t size, cap;
};

void remote_entry_fini(struct remote_entry *entry);

/*
 * Writes the entry for code at `start`. Returns 0; -EINVAL when libunwind cannot be trusted with
 * its instructions (remote_check.h), or they are too long; -ENOMEM.
 */
int remote_entry_write(struct remote_entry *entry, const struct remote_file *file,
		       const struct remote_fde *fde, uint64_t start);

#endif
