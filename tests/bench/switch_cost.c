// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * switch_cost PID SECONDS: what a process's BPF programs add to one switch, by the
 * kernel's own measurement of their run time (BPF_ENABLE_STATS). Whatever they are
 * called and attached to (switches, wake-ups, exits): the time of all programs that
 * the process holds a descriptor of, except those of timers, divided by the switches
 * that the machine made meanwhile. Prints
 *	ns N			the median of short slices of that time
 *	switches N
 *	program NAME NS RUNS	for each that ran: its own mean
 * The clock's own cost is part of the figures.
 *
 * switch_cost PID wait: returns as soon as one of them runs; status 1 if none does in 15 s.
 */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define PROGRAMS_MAX 64
#define SLICES	     20 /* a machine that is taken away for milliseconds spoils only some */
#define PATIENCE_S   15
#define LOOK_EVERY_S 0.02

struct program {
	uint32_t id;
	int fd;
	char name[BPF_OBJ_NAME_LEN];
	uint64_t time_ns, runs; /* by the latest reading */
	uint64_t first_time_ns, first_runs;
};

struct programs {
	struct program all[PROGRAMS_MAX];
	size_t nr;
};

/* Links name the program as well. */
static bool is_known(const struct programs *programs, uint32_t id)
{
	for (size_t i = 0; i < programs->nr; i++)
		if (programs->all[i].id == id)
			return true;
	return false;
}

static void add_program(struct programs *programs, uint32_t id)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);
	struct program *program;
	int fd;

	if (!id || programs->nr == PROGRAMS_MAX || is_known(programs, id))
		return;
	fd = bpf_prog_get_fd_by_id(id);
	if (fd < 0)
		return;
	if (bpf_obj_get_info_by_fd(fd, &info, &size) || info.type == BPF_PROG_TYPE_PERF_EVENT) {
		close(fd);
		return;
	}
	program = &programs->all[programs->nr++];
	*program = (struct program){.id = id,
				    .fd = fd,
				    .time_ns = info.run_time_ns,
				    .runs = info.run_cnt,
				    .first_time_ns = info.run_time_ns,
				    .first_runs = info.run_cnt};
	memcpy(program->name, info.name, sizeof(program->name));
}

/* Adds those that have come since the last time. */
static void find_programs(struct programs *programs, const char *pid)
{
	char folder[64];
	struct dirent *entry;
	DIR *dir;

	snprintf(folder, sizeof(folder), "/proc/%s/fdinfo", pid);
	dir = opendir(folder);
	while (dir && (entry = readdir(dir)))
		add_program(programs, program_id(folder, entry->d_name));
	if (dir)
		closedir(dir);
}

/* Reads all figures; returns how much longer the programs have run since the last reading, ns. */
static uint64_t read_programs(struct programs *programs)
{
	uint64_t grown_ns = 0;

	for (size_t i = 0; i < programs->nr; i++) {
		struct program *program = &programs->all[i];
		struct bpf_prog_info info = {0};
		uint32_t size = sizeof(info);

		if (bpf_obj_get_info_by_fd(program->fd, &info, &size))
			continue;
		grown_ns += info.run_time_ns - program->time_ns;
		program->time_ns = info.run_time_ns;
		program->runs = info.run_cnt;
	}
	return grown_ns;
}

/* Of all CPUs since the machine started (proc_stat(5)); 0 if it cannot be read. */
static uint64_t machine_switches(void)
{
	unsigned long long switches = 0;
	FILE *file = fopen("/proc/stat", "re");
	char *line = NULL;
	size_t room = 0;

	while (file && getline(&line, &room, file) > 0)
		if (sscanf(line, "ctxt %llu", &switches) == 1)
			break;
	free(line);
	if (file)
		fclose(file);
	return switches;
}

/* Returns 0, or 1 when nothing ran. */
static int measure(struct programs *programs, double slice_s)
{
	uint64_t first = machine_switches(), before = first, after = first;
	double costs[SLICES];
	size_t nr_costs = 0;

	read_programs(programs);
	for (int i = 0; i < SLICES; i++, before = after) {
		uint64_t grown_ns;

		sleep_s(slice_s);
		grown_ns = read_programs(programs);
		after = machine_switches();
		if (after > before && grown_ns)
			costs[nr_costs++] = (double)grown_ns / (double)(after - before);
	}
	if (!nr_costs)
		return 1;
	qsort(costs, nr_costs, sizeof(*costs), by_value);
	printf("ns %.1f\nswitches %llu\n", costs[nr_costs / 2],
	       (unsigned long long)(after - first));
	return 0;
}

static void print_programs(const struct programs *programs)
{
	for (size_t i = 0; i < programs->nr; i++) {
		const struct program *program = &programs->all[i];
		uint64_t runs = program->runs - program->first_runs;

		if (runs)
			printf("program %s %.1f %llu\n", program->name,
			       (double)(program->time_ns - program->first_time_ns) / (double)runs,
			       (unsigned long long)runs);
	}
}

/* Returns 0 once one of them has run, 1 when none does. */
static int wait_for_runs(struct programs *programs, const char *pid)
{
	for (double waited_s = 0; waited_s < PATIENCE_S; waited_s += LOOK_EVERY_S) {
		find_programs(programs, pid);
		if (read_programs(programs))
			return 0;
		sleep_s(LOOK_EVERY_S);
	}
	return 1;
}

int main(int argc, char **argv)
{
	static struct programs programs;

	if (argc != 3) {
		fputs("usage: switch_cost PID SECONDS|wait\n", stderr);
		return 2;
	}
	if (bpf_enable_stats(BPF_STATS_RUN_TIME) < 0) {
		fprintf(stderr, "switch_cost: %s\n", strerror(errno));
		return 1;
	}
	if (!strcmp(argv[2], "wait"))
		return wait_for_runs(&programs, argv[1]);
	find_programs(&programs, argv[1]);
	if (measure(&programs, strtod(argv[2], NULL) / SLICES)) {
		fprintf(stderr, "switch_cost: no program of process %s ran\n", argv[1]);
		return 1;
	}
	print_programs(&programs);
	return 0;
}
