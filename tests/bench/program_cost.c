// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * program_cost PID NAME SECONDS: what one run of a BPF program costs, by the
 * kernel's own measurement (BPF_ENABLE_STATS), in so many seconds. The program is
 * the one of that name which the process holds a descriptor of, whatever other
 * profilers run on this machine. Prints "ns N", the median of the means of short
 * slices of that time, and "runs N". The clock's own cost is part of the figure.
 */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

/* A descriptor of the program, or -1. */
static int open_if_named(uint32_t id, const char *name)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);
	int fd = id ? bpf_prog_get_fd_by_id(id) : -1;

	if (fd < 0)
		return -1;
	if (!bpf_obj_get_info_by_fd(fd, &info, &size) && !strcmp(info.name, name))
		return fd;
	close(fd);
	return -1;
}

static int open_program(const char *pid, const char *name)
{
	char folder[64];
	struct dirent *entry;
	DIR *dir;
	int fd = -1;

	snprintf(folder, sizeof(folder), "/proc/%s/fdinfo", pid);
	dir = opendir(folder);
	while (dir && fd < 0 && (entry = readdir(dir)))
		fd = open_if_named(program_id(folder, entry->d_name), name);
	if (dir)
		closedir(dir);
	return fd;
}

/* A machine that is taken away for milliseconds spoils a mean, but only some slices. */
#define SLICES 20

struct figures {
	uint64_t time_ns, runs;
};

static int read_figures(int program, struct figures *ret_figures)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(program, &info, &size))
		return -errno;
	*ret_figures = (struct figures){info.run_time_ns, info.run_cnt};
	return 0;
}

/* ns a run of each slice in which it ran, sorted. Returns how many slices, or -errno. */
static int measure(int program, double slice_s, double ret_costs[SLICES], uint64_t *ret_runs)
{
	struct figures before, after;
	int err = read_figures(program, &before), nr_costs = 0;

	*ret_runs = 0;
	for (int i = 0; i < SLICES && !err; i++) {
		sleep_s(slice_s);
		err = read_figures(program, &after);
		if (err || after.runs == before.runs)
			continue;
		ret_costs[nr_costs++] = (double)(after.time_ns - before.time_ns) /
					(double)(after.runs - before.runs);
		*ret_runs += after.runs - before.runs;
		before = after;
	}
	qsort(ret_costs, (size_t)nr_costs, sizeof(*ret_costs), by_value);
	return err ? err : nr_costs;
}

int main(int argc, char **argv)
{
	int program, stats, nr_costs = -1;
	double costs[SLICES];
	uint64_t runs;

	if (argc != 4) {
		fputs("usage: program_cost PID NAME SECONDS\n", stderr);
		return 2;
	}
	program = open_program(argv[1], argv[2]);
	stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (program >= 0 && stats >= 0)
		nr_costs = measure(program, strtod(argv[3], NULL) / SLICES, costs, &runs);
	if (nr_costs <= 0) {
		fprintf(stderr, "program_cost: no figures of %s in process %s\n", argv[2], argv[1]);
		return 1;
	}
	printf("ns %.1f\nruns %llu\n", costs[nr_costs / 2], (unsigned long long)runs);
	return 0;
}
