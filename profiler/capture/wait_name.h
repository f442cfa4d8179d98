/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names for what threads wait for. */
#ifndef BOLOMETER_CAPTURE_WAIT_NAME_H
#define BOLOMETER_CAPTURE_WAIT_NAME_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/shared.h"

#define WAIT_NAME_LEN 96

/* The frame above a blocked stack: "[waits: read, pipe]", "[waits: futex]", "[waits: page fault, disk]". */
void wait_name(char name[WAIT_NAME_LEN], const struct count_key *key);

/* Sets the bit of each system call whose first argument is a descriptor; size in words. */
void wait_syscalls_with_fd(uint64_t *bits, size_t size);

#endif
