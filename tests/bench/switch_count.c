// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * switch_count: counts the switches of all CPUs by the program of switch_count.bpf.c,
 * until it is ended by SIGINT or SIGTERM; prints "switches N" then.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/switch_count.skel.h"

static uint64_t sum_of(int switches_fd)
{
	int nr_cpus = libbpf_num_possible_cpus();
	uint64_t *counts = nr_cpus > 0 ? calloc((size_t)nr_cpus, sizeof(*counts)) : NULL;
	uint64_t sum = 0;
	uint32_t key = 0;

	if (counts && !bpf_map_lookup_elem(switches_fd, &key, counts))
		for (int cpu = 0; cpu < nr_cpus; cpu++)
			sum += counts[cpu];
	free(counts);
	return sum;
}

int main(void)
{
	struct switch_count_bpf *skel;
	sigset_t ends;
	int err, sig;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	skel = switch_count_bpf__open_and_load();
	err = skel ? switch_count_bpf__attach(skel) : -errno;
	if (err) {
		fprintf(stderr, "switch_count: %s\n", strerror(-err));
	} else {
		sigwait(&ends, &sig);
		printf("switches %llu\n",
		       (unsigned long long)sum_of(bpf_map__fd(skel->maps.switches)));
	}
	switch_count_bpf__destroy(skel);
	return err ? 1 : 0;
}
