/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel's description of its own types (BTF) says it has. */
#ifndef BOLOMETER_CAPTURE_KERNEL_TYPES_H
#define BOLOMETER_CAPTURE_KERNEL_TYPES_H

#include <stdbool.h>

struct btf;

/*
 * Whether the tracepoint of switches has the state in which a thread leaves as its fourth argument: since
 * Linux 5.18 (commit fa2c3254d7cf). Without it the task's own has to do; see bpf/switch.h.
 */
bool kernel_tells_switch_state(const struct btf *btf);

/*
 * Whether a task leads to the clock of its run queue (CONFIG_FAIR_GROUP_SCHED). Without it no thread
 * dozes; see bpf/doze.h.
 */
bool kernel_has_run_queue_clock(const struct btf *btf);

#endif
