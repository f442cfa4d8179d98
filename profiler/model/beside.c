// SPDX-License-Identifier: GPL-2.0-or-later
/* A thread for one piece of work; see beside.h. */
#include "profiler/model/beside.h"

#include <sched.h>
#include <signal.h>

bool beside_is_possible(void)
{
	cpu_set_t set;

	/* It fails where there are more CPUs than the set has room for. */
	return sched_getaffinity(0, sizeof(set), &set) || CPU_COUNT(&set) > 1;
}

static void *run(void *data)
{
	struct beside *beside = data;

	beside->result = beside->work(beside->data);
	return NULL;
}

void beside_begin(struct beside *beside, beside_fn *work, void *data)
{
	sigset_t all, before;

	*beside = (struct beside){.work = work, .data = data};
	if (!beside_is_possible())
		return;
	/* Signals are for who began the program's work. */
	sigfillset(&all);
	if (pthread_sigmask(SIG_SETMASK, &all, &before))
		return;
	beside->is_running = !pthread_create(&beside->thread, NULL, run, beside);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

int beside_end(struct beside *beside)
{
	if (beside->is_running)
		pthread_join(beside->thread, NULL);
	else
		run(beside);
	return beside->result;
}

void beside_drop(struct beside *beside)
{
	if (beside->is_running)
		pthread_join(beside->thread, NULL);
}
