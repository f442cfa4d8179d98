// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timer CPU HZ: the timer interrupt that every sampler has, and nothing else. A cpu-clock
 * event without a buffer and without a program: what it costs a program is the floor
 * under every profiler, and what they cost is counted from there. Runs until it is ended.
 */
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.freq = 1,
	};
	int cpu;

	if (argc != 3) {
		fputs("usage: timer CPU HZ\n", stderr);
		return 2;
	}
	cpu = atoi(argv[1]);
	attr.sample_freq = strtoull(argv[2], NULL, 10);
	if (syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC) < 0) {
		perror("timer: perf_event_open");
		return 1;
	}
	pause();
	return 0;
}
