// SPDX-License-Identifier: GPL-2.0-or-later
/* Timed events on every CPU; see events.h. */
#include "profiler/capture/events.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "profiler/model/alloc.h"
#include "profiler/proc/host.h"

static const struct {
	const char *name;
	uint32_t type;
	uint64_t config;
} known[] = {
	{"cpu-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK},
	{"page-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS},
	{"cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
	{"instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
	{"cache-references", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_REFERENCES},
	{"cache-misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES},
	{"branches", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_INSTRUCTIONS},
	{"branch-misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES},
};

bool event_find(const char *name, uint32_t *ret_type, uint64_t *ret_config, const char **ret_names)
{
	if (ret_names)
		*ret_names = "cpu-clock, page-faults, cycles, instructions, cache-references, "
			     "cache-misses, branches, branch-misses";
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (strcmp(known[i].name, name))
			continue;
		*ret_type = known[i].type;
		*ret_config = known[i].config;
		return true;
	}
	return false;
}

static int attach(struct events *events, uint32_t cpu)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = events->type,
		.config = events->config,
		.freq = 1,
		.sample_freq = events->frequency_hz,
		.disabled = 1,
	};
	struct bpf_link *link;
	int err, fd;

	err = ARRAY_RESERVE(events->attached, events->cap, events->count + 1);
	if (err)
		return err;
	fd = (int)syscall(SYS_perf_event_open, &attr, -1, (int)cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return -errno;
	link = bpf_program__attach_perf_event(events->program, fd);
	if (!link) {
		err = -errno;
		close(fd);
		return err;
	}
	events->attached[events->count++] = (struct cpu_event){cpu, link};
	return 0;
}

static bool contains(const uint32_t *cpus, size_t count, uint32_t cpu)
{
	for (size_t i = 0; i < count; i++) {
		if (cpus[i] == cpu)
			return true;
	}
	return false;
}

static bool is_attached(const struct events *events, uint32_t cpu)
{
	for (size_t i = 0; i < events->count; i++) {
		if (events->attached[i].cpu == cpu)
			return true;
	}
	return false;
}

/* The kernel took the event of an offline CPU away; when the CPU returns it needs a new one. */
static void forget_offline(struct events *events, const uint32_t *online, size_t nr_online)
{
	size_t kept = 0;

	for (size_t i = 0; i < events->count; i++) {
		if (contains(online, nr_online, events->attached[i].cpu))
			events->attached[kept++] = events->attached[i];
		else
			bpf_link__destroy(events->attached[i].link);
	}
	events->count = kept;
}

int events_follow_cpus(struct events *events, uint32_t *ret_cpu)
{
	uint32_t *online;
	size_t nr_online, before;
	int err = host_online_cpus(&online, &nr_online);

	if (err)
		return err;
	forget_offline(events, online, nr_online);
	before = events->count;
	for (size_t i = 0; i < nr_online && !err; i++) {
		if (is_attached(events, online[i]) ||
		    (events->nr_only && !contains(events->only, events->nr_only, online[i])))
			continue;
		err = attach(events, online[i]);
		if (err == -ENODEV)
			err = 0; /* went offline just now */
		if (err)
			*ret_cpu = online[i];
	}
	free(online);
	return err ? err : (int)(events->count - before);
}

void events_detach(struct events *events)
{
	for (size_t i = 0; i < events->count; i++)
		bpf_link__destroy(events->attached[i].link);
	free(events->attached);
	events->attached = NULL;
	events->count = events->cap = 0;
}
