/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One stop: what stops.bpf.c found where it stopped a thread. Both sides compile this. */
#ifndef TESTS_TRUTH_STOP_H
#define TESTS_TRUTH_STOP_H

#include "bpf/shared.h"

struct stop {
	__u32 tid;
	__u32 user_mode;	      /* else the thread was in the kernel */
	__u64 words[STACK_WORDS_MAX]; /* as the walker left them: word 0 is the header */
};

#endif
