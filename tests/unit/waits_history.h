/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BOLOMETER_TESTS_WAITS_HISTORY_H
#define BOLOMETER_TESTS_WAITS_HISTORY_H

#include "tests/unit/waits_sim.h"

/* How long the thread did this between two moments, by its history. */
static inline uint64_t history_ns(const struct sim_task *t, enum doing doing,
				  uint64_t from_ns, uint64_t to_ns)
{
	uint64_t sum_ns = 0;

	for (uint32_t i = 0; i < t->nr_changes; i++) {
		uint64_t start_ns = t->changes[i].at_ns;
		uint64_t end_ns = i + 1 < t->nr_changes ? t->changes[i + 1].at_ns : NEVER_NS;

		if (start_ns < from_ns)
			start_ns = from_ns;
		if (end_ns > to_ns)
			end_ns = to_ns;
		if (t->changes[i].doing == doing && end_ns > start_ns)
			sum_ns += end_ns - start_ns;
	}
	return sum_ns;
}

#endif
