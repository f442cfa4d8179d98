/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What unwinding a snapshot needs to know of a machine. Registers have DWARF's
 * numbers, which are libunwind's as well (System V ABI for AMD64, figure 3.36;
 * DWARF for the Arm 64-bit architecture, table 1; there 32 is the pc).
 */
#ifndef BOLOMETER_UNWIND_REMOTE_ARCH_H
#define BOLOMETER_UNWIND_REMOTE_ARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/shared.h"

struct remote_arch {
	uint8_t nr_regs;
	uint8_t nr_described; /* call-frame information may say more of: floating point, vectors */
	uint8_t ip, sp, fp;
	uint8_t return_register; /* in whose place call-frame information describes the caller's ip */
	uint64_t preserved;	 /* a set: registers that have the same value after a call */
	uint64_t
		address_mask; /* of code; bits beyond may hold a signature (pointer authentication) */
};

#if defined(__x86_64__)
static const struct remote_arch remote_arch = {
	.nr_regs = UNWIND_REGS_X86,
	.nr_described = UNWIND_REGS_X86, /* no others are preserved by calls */
	.ip = 16,
	.sp = 7,
	.fp = 6,
	.return_register = 16,
	.preserved = 1ULL << 3 | 1ULL << 6 | 0xfULL << 12, /* rbx rbp r12..r15 */
	.address_mask = UINT64_MAX,
};
#elif defined(__aarch64__)
static const struct remote_arch remote_arch = {
	.nr_regs = UNWIND_REGS_ARM64,
	.nr_described = 96, /* v0 to v31 are 64 to 95, of which v8 to v15 are preserved */
	.ip = 32,
	.sp = 31,
	.fp = 29,
	.return_register = 30,
	.preserved = 0x7ffULL << 19, /* x19..x29 */
	.address_mask = (1ULL << 48) - 1,
};
#else
#error "unwinding is not written for this architecture"
#endif

#endif
