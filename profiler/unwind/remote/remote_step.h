/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One step of unwinding a snapshot by call-frame information: from a frame's
 * registers to its caller's. libunwind's remote accessors do it.
 *
 * Every step starts it anew, with one entry of call-frame information, and
 * takes the registers out: so it guesses nothing where there is no entry, the
 * steps mix with others, and what a register holds is not asked of memory again
 * many frames later.
 */
#ifndef BOLOMETER_UNWIND_REMOTE_STEP_H
#define BOLOMETER_UNWIND_REMOTE_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/unwind/remote/remote_arch.h"
#include "profiler/unwind/remote/remote_file.h"

/* What is left of the process's memory: a piece of a stack. */
struct remote_stack {
	const uint8_t *bytes;
	uint64_t addr; /* of the first byte */
	uint64_t size;
	uint64_t missing; /* its pieces that are not there: see struct unwind_snapshot */
};

/* False when the word at `addr`, 8 bytes, is not all there. */
bool remote_stack_read(const struct remote_stack *stack, uint64_t addr, uint64_t *ret_word);

/* Registers of a frame, those of them that are known. */
struct remote_regs {
	uint64_t value[UNWIND_REGS_MAX];
	uint64_t known; /* a set */
};

enum remote_result {
	REMOTE_CALLER,	   /* the registers are the caller's now */
	REMOTE_ROOT,	   /* the entry says that there is no caller */
	REMOTE_NO_RULE,	   /* its rules cannot be followed */
	REMOTE_UNREADABLE, /* they need memory that is not there */
	REMOTE_SPENT,	   /* no effort is left */
	REMOTE_NO_MEMORY,  /* we have none */
};

struct remote_stepper;

/* NULL: no memory. */
struct remote_stepper *remote_stepper_new(void);
void remote_stepper_free(struct remote_stepper *stepper);

/*
 * Before each walk: how much may be spent on it. Entries can be long and stacks deep without being
 * wrong, but not both at their worst.
 */
void remote_stepper_start(struct remote_stepper *stepper);

/*
 * Steps from `regs`, whose instruction lies at `vaddr` of the file and is described by `fde`.
 * The registers change only with REMOTE_CALLER: ip, sp and what a call preserves are known then, or
 * all that could be read, when the caller was interrupted by a signal.
 */
enum remote_result remote_step(struct remote_stepper *stepper, const struct remote_stack *stack,
			       const struct remote_file *file, const struct remote_fde *fde,
			       uint64_t vaddr, struct remote_regs *regs);

#endif
