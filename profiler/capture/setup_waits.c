// SPDX-License-Identifier: GPL-2.0-or-later
/* Options of captures of waiting time become read-only data and map sizes; see state.h. */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <sys/stat.h>

#include "bpf/capture.skel.h"
#include "profiler/capture/irq_entries.h"
#include "profiler/capture/kernel_types.h"
#include "profiler/capture/state.h"
#include "profiler/capture/wait_name.h"
#include "profiler/model/alloc.h"
#include "profiler/proc/host.h"

#define LIMIT_WINDOW_NS (1 << 27) /* LIMIT_WINDOW_SHIFT of bpf/limit.h */
#define WAKER_ENTRIES	16384

_Static_assert(WAIT_SLEEP == WAIT_STATE_SLEEP && WAIT_DISK == WAIT_STATE_DISK &&
		       WAIT_STOPPED == WAIT_STATE_STOPPED && WAIT_TRACED == WAIT_STATE_TRACED &&
		       WAIT_PARKED == WAIT_STATE_PARKED && WAIT_IDLE == WAIT_STATE_IDLE,
	       "the states have the programs' numbers");
_Static_assert(WAKER_CHAIN_MAX == WAKERS_MAX, "chains are as long as keys have room for");

/* Waits that begin on CPUs that were not asked for are left out. */
static void choose_cpus(struct capture_bpf *skel, const struct capture_config *config)
{
	skel->rodata->some_cpus = config->nr_cpus > 0;
	for (size_t i = 0; i < config->nr_cpus; i++) {
		uint32_t cpu = config->cpus[i];

		if (cpu / 64 < ARRAY_LEN(skel->rodata->wanted_cpus))
			skel->rodata->wanted_cpus[cpu / 64] |= 1ULL << cpu % 64;
	}
}

/* The kernel's id of a cgroup is its folder's inode. */
static uint64_t cgroup_id(int fd)
{
	struct stat st;

	return fd < 0 || fstat(fd, &st) ? 0 : (uint64_t)st.st_ino;
}

static void configure(struct capture_bpf *skel, const struct capture_config *config,
		      const struct btf *btf)
{
	unsigned int stacks = VIEW_BIT(VIEW_OFFCPU) | VIEW_BIT(VIEW_RUNQ) | VIEW_BIT(VIEW_OFFWAKE) |
			      VIEW_BIT(VIEW_WALL);
	unsigned int queued = VIEW_BIT(VIEW_RUNQ) | VIEW_BIT(VIEW_WALL);

	skel->rodata->want_blocked = true;
	skel->rodata->want_queued = config->views & queued;
	skel->rodata->want_wakers = capture_notes_wakers(config);
	skel->rodata->want_rivals = config->views & VIEW_BIT(VIEW_RUNQ);
	skel->rodata->want_stacks = config->views & stacks;
	skel->rodata->waker_chain = config->waker_chain;
	skel->rodata->watch_bystanders = skel->rodata->want_wakers && config->waker_chain > 1;
	skel->rodata->complete_only = config->complete_only;
	skel->rodata->wanted_states = config->wait_states;
	skel->rodata->min_wait_ns = config->min_wait_ns;
	if (config->max_wait_ns)
		skel->rodata->max_wait_ns = config->max_wait_ns;
	skel->rodata->limit_budget_ns = LIMIT_WINDOW_NS * config->max_overhead_ppm / 1000000;
	skel->rodata->target_cgroup_id = cgroup_id(config->cgroup_fd);
	skel->rodata->switch_tells_state = kernel_tells_switch_state(btf);
	skel->rodata->use_delays = host_counts_delays();
	skel->rodata->use_run_queue_clock = kernel_has_run_queue_clock(btf);
	choose_cpus(skel, config);
	wait_syscalls_with_fd((uint64_t *)skel->rodata->syscalls_with_fd,
			      ARRAY_LEN(skel->rodata->syscalls_with_fd));
}

/*
 * Whether a program has to see when threads are woken: for who wakes them, or what ran until they got
 * the CPU. When they were is also to be had from the scheduler, if less exactly; see bpf/delay.h.
 */
static bool needs_wakings(const struct capture_config *config)
{
	return capture_notes_wakers(config) || config->views & VIEW_BIT(VIEW_RUNQ) ||
	       !host_counts_delays();
}

void capture_keep_limit(struct capture *capture)
{
	struct capture_bpf *skel = capture->skel;

	if (!capture_follows_threads(&capture->config) || !skel->bss->limit_overrun ||
	    !skel->links.wake_thread || needs_wakings(&capture->config))
		return;
	bpf_link__destroy(skel->links.wake_thread);
	skel->links.wake_thread = NULL;
	skel->bss->wakings_missed = true;
}

void capture_configure_waits(struct capture *capture)
{
	struct capture_bpf *skel = capture->skel;
	bool follows = capture_follows_threads(&capture->config);
	struct bpf_program *const programs[] = {
		skel->progs.switch_threads, skel->progs.start_thread, skel->progs.watch_fork,
		skel->progs.wake_thread,    skel->progs.find_threads, skel->progs.close_threads,
		skel->progs.watch_exit,	    skel->progs.list_stacks,
	};
	bool turns = follows && capture->config.in_intervals;
	struct bpf_map *const maps[] = {skel->maps.threads, skel->maps.thread_records,
					skel->maps.dozes};
	struct btf *btf;

	for (size_t i = 0; i < ARRAY_LEN(programs); i++)
		bpf_program__set_autoload(programs[i], follows);
	bpf_program__set_autoload(skel->progs.turn_threads, turns);
	bpf_map__set_autocreate(skel->maps.turning, turns);
	skel->rodata->in_intervals = turns;
	bpf_program__set_autoload(skel->progs.watch_exec, follows && capture->config.started_pid);
	for (size_t i = 0; i < ARRAY_LEN(maps) && !follows; i++)
		bpf_map__set_autocreate(maps[i], false);
	if (!follows)
		return;
	btf = btf__load_vmlinux_btf();
	if (btf)
		configure(skel, &capture->config, btf);
	btf__free(btf);
	if (!skel->rodata->want_wakers)
		return;
	irq_entries((uint64_t *)skel->rodata->irq_entry_from,
		    (uint64_t *)skel->rodata->irq_entry_to,
		    ARRAY_LEN(skel->rodata->irq_entry_from));
	capture->tables.waker_entries = WAKER_ENTRIES;
	bpf_map__set_max_entries(skel->maps.wakers_0, WAKER_ENTRIES);
	bpf_map__set_max_entries(skel->maps.wakers_1, WAKER_ENTRIES);
}
