// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of what interrupts do; see waker_name.h. */
#include "profiler/model/waker_name.h"

#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/markers.h"

/*
 * By the beginnings of names, as compilers add to their ends (".isra.0"). The softirqs are those of
 * softirq_to_name[] in kernel/softirq.c, by the functions that open_softirq() is given;
 * sched_balance_softirq() is run_rebalance_domains() of newer kernels.
 */
static const struct {
	const char *function;
	const char *name;
} table[] = {
	{"hrtimer_interrupt", MARKER_TIMER},
	{"hrtimer_run_softirq", MARKER_TIMER},
	{"hrtimer_run_queues", MARKER_TIMER},
	{"__hrtimer_run_queues", MARKER_TIMER},
	{"run_timer_softirq", MARKER_TIMER},
	{"run_timer_base", MARKER_TIMER},
	{"tick_", MARKER_TIMER},
	{"timerfd_tmrproc", MARKER_TIMER},
	{"timerfd_alarmproc", MARKER_TIMER},
	{"net_rx_action", MARKER_SOFTIRQ_OF "net_rx]"},
	{"net_tx_action", MARKER_SOFTIRQ_OF "net_tx]"},
	{"blk_done_softirq", MARKER_SOFTIRQ_OF "block]"},
	{"irq_poll_softirq", MARKER_SOFTIRQ_OF "irq_poll]"},
	{"tasklet_action", MARKER_SOFTIRQ_OF "tasklet]"},
	{"tasklet_hi_action", MARKER_SOFTIRQ_OF "tasklet]"},
	{"workqueue_softirq_action", MARKER_SOFTIRQ_OF "tasklet]"},
	{"rcu_core", MARKER_SOFTIRQ_OF "rcu]"},
	{"run_rebalance_domains", MARKER_SOFTIRQ_OF "sched]"},
	{"sched_balance_softirq", MARKER_SOFTIRQ_OF "sched]"},
	{"irq_work_run", MARKER_IRQ_WORK},
};

const char *waker_name_of(const char *function)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		if (!strncmp(function, table[i].function, strlen(table[i].function)))
			return table[i].name;
	}
	return NULL;
}
