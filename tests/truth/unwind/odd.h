/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between odd.c and odd.S. */
#ifndef TESTS_TRUTH_UNWIND_ODD_H
#define TESTS_TRUTH_UNWIND_ODD_H

#include <stdint.h>

/* What the assembly calls. */
uint64_t odd_leaf(uint64_t x);
void odd_forever(uint64_t x);

/* The assembly; `top` is the upper end of a stack to move to. */
uint64_t odd_pushes(uint64_t x);
uint64_t odd_branches(uint64_t x);
uint64_t odd_red_zone(uint64_t x);
uint64_t odd_other_register(uint64_t x);
uint64_t odd_moved(uint64_t x, char *top);
uint64_t odd_moved_by_frame_pointer(uint64_t x, char *top);
void odd_last_call(uint64_t x);

#endif
