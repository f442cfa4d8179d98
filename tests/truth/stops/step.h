/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the innermost frame of a stopped thread returns to, found out by letting
 * it run: the last word where an oracle that follows frame pointers passes over
 * the caller of a function that has no frame of its own, or not any more.
 */
#ifndef TESTS_TRUTH_STEP_H
#define TESTS_TRUTH_STEP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Steps the thread, an instruction at a time, until its innermost frame is gone. True when it went
 * to `addr`; false also when it cannot be told. The thread stands elsewhere then.
 */
bool step_returns_to(pid_t tid, uint64_t addr);

#endif
