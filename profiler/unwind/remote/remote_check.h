/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which call-frame instructions (DWARF 5, section 6.4.2) libunwind may be
 * given. It trusts them: a register number beyond its tables makes it read
 * beyond them, a division in an expression can trap, a branch or a length that
 * wraps never ends, and an instruction that it does not know it takes for
 * none, and its operands for instructions.
 */
#ifndef BOLOMETER_UNWIND_REMOTE_CHECK_H
#define BOLOMETER_UNWIND_REMOTE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Whether it may run `size` bytes of instructions. *has_cfa says whether there was a rule for the
 * CFA before them, and is set when they give one; without it no address may be described.
 *
 * Writes to the program: on arm64 DW_CFA_AARCH64_negate_ra_state, which libunwind 1.6 refuses,
 * becomes DW_CFA_nop; whoever takes the return address cuts its signature off.
 */
bool remote_check_program(uint8_t *program, size_t size, bool *has_cfa);

#endif
