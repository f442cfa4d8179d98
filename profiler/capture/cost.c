// SPDX-License-Identifier: GPL-2.0-or-later
/* What measuring costs; see cost.h. */
#include "profiler/capture/cost.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "profiler/proc/optional.h"

static void keep_statistics(struct cost *cost, bool on, uint64_t now_ns)
{
	if (on == (cost->stats_fd >= 0))
		return;
	if (on) {
		cost->stats_fd = optional_hidden(OPTIONAL_STATISTICS)
					 ? -1
					 : bpf_enable_stats(BPF_STATS_RUN_TIME);
	} else {
		cost->measured_ns += now_ns - cost->since_ns;
		cost_close(cost);
	}
	cost->since_ns = now_ns;
}

void cost_begin(struct cost *cost, uint64_t now_ns)
{
	*cost = COST_NONE;
	cost->begin_ns = cost->taken_ns = now_ns;
	keep_statistics(cost, true, now_ns);
}

void cost_update(struct cost *cost, uint64_t now_ns)
{
	bool on = (now_ns - cost->begin_ns) / COST_SECOND_NS % COST_PART == 0;

	keep_statistics(cost, on, now_ns);
}

struct program_cost cost_take(struct cost *cost, const struct bpf_object *object, uint64_t now_ns)
{
	uint64_t measured_ns = cost->measured_ns;
	struct program_cost sum = {0};
	struct bpf_program *program;
	double scale;

	if (cost->stats_fd >= 0)
		measured_ns += now_ns - cost->since_ns;
	bpf_object__for_each_program(program, object)
	{
		struct bpf_prog_info info = {0};
		uint32_t size = sizeof(info);

		if (!bpf_program__autoload(program) ||
		    bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
			continue;
		sum.ns += info.run_time_ns;
		sum.runs += info.run_cnt;
	}
	if (!measured_ns)
		return (struct program_cost){0};
	scale = (double)(now_ns - cost->taken_ns) / (double)measured_ns;
	cost->taken_ns = now_ns;
	return (struct program_cost){(uint64_t)((double)sum.ns * scale),
				     (uint64_t)((double)sum.runs * scale)};
}

void cost_close(struct cost *cost)
{
	if (cost->stats_fd >= 0)
		close(cost->stats_fd);
	cost->stats_fd = -1;
}

uint64_t cost_of_maps(const struct bpf_object *object)
{
	uint64_t total = 0;
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
	{
		char path[64], line[128];
		unsigned long long bytes;
		FILE *info;

		snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", bpf_map__fd(map));
		info = fopen(path, "re");
		while (info && fgets(line, sizeof(line), info)) {
			if (sscanf(line, "memlock: %llu", &bytes) == 1)
				total += bytes;
		}
		if (info)
			fclose(info);
	}
	return total;
}
