// SPDX-License-Identifier: GPL-2.0-or-later
/* The phases of a capture, one function each, in order; see capture.h. */
#include "profiler/capture/capture.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "bpf/capture.skel.h"
#include "bpf/shared.h"
#include "profiler/capture/state.h"
#include "profiler/workers/confine.h"
#include "profiler/proc/host.h"

/* So that addresses are looked up soon after they were seen, and exited processes forgotten. */
#define DRAIN_INTERVAL_NS 10000000000ULL
#define SHORT_INTERVAL_NS 1000000000ULL /* where that makes room */
#define CPUS_INTERVAL_NS  1000000000ULL
#define EXITED_MAX	  2000 /* processes; sooner, where many come and go */

int capture_failed(struct capture *capture, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(capture->error, sizeof(capture->error), format, args);
	va_end(args);
	return err;
}

const char *capture_error(const struct capture *capture)
{
	return capture->error;
}

struct tracker *capture_tracker(struct capture *capture)
{
	return &capture->tracker;
}

bool capture_event_known(const char *event, const char **ret_names)
{
	uint32_t type;
	uint64_t config;

	return event_find(event, &type, &config, ret_names);
}

static int prepare_tables(struct capture *capture)
{
	struct capture_bpf *skel = capture->skel;
	struct tables *tables = &capture->tables;

	tables->stacks_fd[0] = bpf_map__fd(skel->maps.stacks_0);
	tables->stacks_fd[1] = bpf_map__fd(skel->maps.stacks_1);
	tables->counts_fd[0] = bpf_map__fd(skel->maps.counts_0);
	tables->counts_fd[1] = bpf_map__fd(skel->maps.counts_1);
	tables->wakers_fd[0] = bpf_map__fd(skel->maps.wakers_0);
	tables->wakers_fd[1] = bpf_map__fd(skel->maps.wakers_1);
	tables->keep = capture_follows_threads(&capture->config);
	tables->grace_fd = bpf_map__fd(skel->maps.tables_grace);
	tables->grace_inner_fd = bpf_map__fd(skel->maps.tables_grace_inner);
	tables->active = &skel->bss->tables_active;
	*tables->active = capture->config.in_intervals ? 1 << 1 : 0;
	skel->bss->dozes_interval = *tables->active >> 1;
	tables->stack_use = (volatile uint64_t *)skel->bss->tables_stack_use;
	tables->count_use = (volatile uint64_t *)skel->bss->tables_count_use;
	return tables_init(tables);
}

/* Every process that is a target now, by the programs' own map: they follow children. */
static int learn_targets(struct capture *capture)
{
	struct bpf_map *groups = capture->skel->maps.target_groups;
	uint32_t tgid, *last = NULL;
	int err = 0;

	while (!err && !bpf_map__get_next_key(groups, last, &tgid, sizeof(tgid))) {
		err = tracker_add_process(&capture->tracker, tgid);
		last = &tgid;
		if (err == -ESRCH)
			err = 0;
	}
	for (size_t i = 0; i < capture->config.nr_tids && !err; i++) {
		tgid = tracker_process_of(capture->config.tids[i]);
		err = tgid ? tracker_add_process(&capture->tracker, tgid) : 0;
		if (err == -ESRCH)
			err = 0;
	}
	return err;
}

/*
 * What processes have mapped now; the rings first, so that nothing falls between. Also when a CPU
 * came online, which needs new rings.
 */
static int learn_processes(struct capture *capture)
{
	int err;

	sideband_close(capture->sideband);
	capture->sideband = sideband_open(bpf_map__fd(capture->skel->maps.sideband),
					  capture->nr_possible_cpus, &capture->tracker);
	if (!capture->sideband)
		return capture_failed(capture, -errno,
				      "cannot read the kernel's records of processes: %s; "
				      "`bolometer doctor` says what is missing", strerror(errno));
	err = capture->tracker.all ? tracker_add_all(&capture->tracker) : learn_targets(capture);
	return err ? capture_failed(capture, err, "cannot read /proc: %s", strerror(-err)) : 0;
}

static int add_row(void *data, const struct table_row *row)
{
	return rows_add(data, row);
}

/* What was copied out to be completed: a sample, or the stack of a wait, kept until that ends. */
static int add_completed(void *data, const struct table_row *row)
{
	struct capture *capture = data;

	if (row->key->user_stack == STACK_ID_NONE)
		return rows_add(&capture->rows, row);
	return row->user && !capture->tables.full
		       ? stack_store_add(&capture->tables.stacks, row->key->user_stack, row->user)
		       : 0;
}

static int prepare_unwinding(struct capture *capture)
{
	struct unwinding_config config = {
		.skel = capture->skel,
		.tables = &capture->tables,
		.tracker = &capture->tracker,
		.confine = capture->config.confine,
		.memory_bytes = capture->config.unwind_bytes,
		.held_bytes = capture->bounds.reading_bytes,
		.row = add_completed,
		.data = capture,
	};
	int err = unwinding_open(&capture->unwinding, &config);

	return err ? capture_failed(capture, err, "cannot prepare unwinding: %s", strerror(-err)) : 0;
}

/* Everything that may have something to read wakes the caller of capture_poll(). */
static int watch(struct capture *capture)
{
	int fds[UNWINDING_FDS + 1] = {sideband_fd(capture->sideband)};
	size_t count = 1 + unwinding_fds(&capture->unwinding, fds + 1);

	if (capture->wake_fd >= 0)
		close(capture->wake_fd);
	capture->wake_fd = epoll_create1(EPOLL_CLOEXEC);
	for (size_t i = 0; i < count && capture->wake_fd >= 0; i++) {
		struct epoll_event event = {.events = EPOLLIN};

		if (epoll_ctl(capture->wake_fd, EPOLL_CTL_ADD, fds[i], &event))
			return -errno;
	}
	return capture->wake_fd < 0 ? -errno : 0;
}

/* Cgroups are told by their paths, where their hierarchy is mounted. */
static void open_cgroups(struct capture *capture)
{
	char *mount = capture->config.key_cgroup ? host_cgroup_mount() : NULL;

	if (mount)
		capture->rows.cgroup_fd = host_cgroup_open(mount);
	free(mount);
}

/* All that comes before the events. Returns 0 or -errno. */
static int prepare(struct capture *capture)
{
	int err = capture_setup(capture);

	if (!err)
		err = prepare_tables(capture);
	if (!err)
		err = capture_open_profile(capture);
	if (err)
		return err;
	bounds_begin(capture);
	open_cgroups(capture);
	if (capture->by_tables)
		err = prepare_unwinding(capture);
	if (!err && capture_follows_threads(&capture->config))
		err = waits_open(&capture->waits, capture->skel, &capture->tables,
				 &capture->tracker, capture->bounds.reading_bytes);
	/* From here on files are read, by processes that are not to change what the programs see. */
	if (!err)
		confine_withhold_tables();
	if (!err)
		err = learn_processes(capture);
	if (!err)
		err = unwinding_prepare(&capture->unwinding, capture_knows_targets(&capture->config));
	return err ? err : watch(capture);
}

static struct capture *try_open(const struct capture_config *config, bool by_tables, char *why,
				size_t why_size)
{
	struct capture *capture = calloc(1, sizeof(*capture));
	int err;

	if (!capture) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	capture->config = *config;
	capture->by_tables = by_tables;
	capture->cost = COST_NONE;
	capture->wake_fd = -1;
	capture->rows.cgroup_fd = -1;
	tracker_init(&capture->tracker, !capture_knows_targets(config));
	capture->tracker.jit_opener = config->jit_opener;
	err = prepare(capture);
	if (!err)
		return capture;
	snprintf(why, why_size, "%s", *capture->error ? capture->error : strerror(-err));
	capture_close(capture);
	return NULL;
}

struct capture *capture_open(const struct capture_config *config, char *why, size_t why_size)
{
	struct capture *capture = try_open(config, config->unwind != UNWIND_FP, why, why_size);
	char first[sizeof(capture->fell_back)];

	if (capture || config->unwind != UNWIND_AUTO)
		return capture;
	snprintf(first, sizeof(first), "%s", why);
	capture = try_open(config, false, why, why_size);
	if (capture)
		memcpy(capture->fell_back, first, sizeof(first));
	return capture;
}

void capture_close(struct capture *capture)
{
	if (!capture)
		return;
	events_detach(&capture->events);
	waits_close(&capture->waits);
	unwinding_close(&capture->unwinding);
	sideband_close(capture->sideband);
	tables_fini(&capture->tables);
	if (capture->rows.cgroup_fd > 0)
		close(capture->rows.cgroup_fd);
	normalizer_fini(&capture->normalizer);
	profile_free(capture->profile);
	tracker_fini(&capture->tracker);
	thread_numbers_fini(&capture->numbers);
	capture_bpf__destroy(capture->skel);
	cost_close(&capture->cost);
	if (capture->wake_fd >= 0)
		close(capture->wake_fd);
	free(capture->cpu_fates);
	free(capture);
}

/* ---- attach ---- */

static int attach_failed(struct capture *capture, int err, uint32_t cpu)
{
	const char *event = capture->config.event;

	if (err == -ENOENT || err == -EOPNOTSUPP || err == -ENODEV)
		return capture_failed(capture, err,
			      "this machine has no event %s (%s); cpu-clock works everywhere",
			      event, strerror(-err));
	if (err == -EINVAL)
		return capture_failed(capture, err,
			      "the kernel refused %s at %llu Hz on CPU %u; "
			      "kernel.perf_event_max_sample_rate is %ld", event,
			      (unsigned long long)capture->config.frequency_hz, cpu,
			      host_sysctl("kernel/perf_event_max_sample_rate", 0));
	if (err == -EMFILE)
		return capture_failed(capture, err,
			      "too many open files for an event on each CPU; raise `ulimit -n`");
	return capture_failed(capture, err, "cannot sample %s on CPU %u: %s", event, cpu, strerror(-err));
}

/* Timed events on every CPU. Returns 0 or -errno. */
static int start_sampling(struct capture *capture)
{
	struct events *events = &capture->events;
	uint32_t cpu = 0;
	int attached;

	event_find(capture->config.event, &events->type, &events->config, NULL);
	events->program = capture->skel->progs.sample_cpu;
	events->frequency_hz = capture->config.frequency_hz;
	events->only = capture->config.cpus;
	events->nr_only = capture->config.nr_cpus;
	attached = events_follow_cpus(events, &cpu);
	return attached < 0 ? attach_failed(capture, attached, cpu) : 0;
}

static int start_following_threads(struct capture *capture)
{
	int err = waits_begin(&capture->waits, &capture->started_ns);

	return err ? capture_failed(capture, err, "cannot find out what threads do: %s",
				    strerror(-err))
		   : 0;
}

int capture_start(struct capture *capture)
{
	int err = capture_bpf__attach(capture->skel);

	if (err)
		return capture_failed(capture, err, "cannot attach the programs: %s",
				      strerror(-err));
	cost_begin(&capture->cost, host_monotonic_ns());
	capture->started_ns = host_monotonic_ns();
	err = start_following_threads(capture);
	if (err)
		return err;
	capture->drained_ns = capture->cpus_checked_ns = host_monotonic_ns();
	if (capture_samples(&capture->config))
		err = start_sampling(capture);
	capture->attached = true;
	return err ? err : capture_begin_profile(capture, capture->started_ns);
}

/* ---- drain ---- */

/*
 * Reads the tables that the programs have turned away from, once every mapping is known that a sample
 * can have met. `complete` is for stacks that are copied out: all that there are are completed, as far
 * as there is time for them, or only those that there is time for now.
 */
static int read_left(struct capture *capture, uint32_t left, bool complete)
{
	uint64_t turned_ns = host_monotonic_ns();
	int err = sideband_read(capture->sideband, true);

	if (!err)
		err = complete ? unwinding_drain(&capture->unwinding, turned_ns)
			       : unwinding_update(&capture->unwinding, turned_ns);
	if (!err)
		err = tables_read(&capture->tables, left, complete, add_row, &capture->rows);
	return err;
}

static int read_tables(struct capture *capture, bool complete)
{
	uint32_t left;
	int err = tables_turn(&capture->tables, &left);

	if (!err)
		err = read_left(capture, left, complete);
	return err ? capture_failed(capture, err, "cannot read the tables: %s", strerror(-err)) : 0;
}

/* Whatever ended before the last drain has no sample in the tables any more. */
static void forget_processes(struct capture *capture, uint64_t now_ns)
{
	tracker_find_exits(&capture->tracker, now_ns);
	spaces_forget(&capture->tracker.spaces, capture->drained_ns);
	tracker_jit_forget(&capture->tracker, capture->drained_ns);
	capture->drained_ns = now_ns;
}

int capture_drain(struct capture *capture)
{
	uint64_t now_ns = host_monotonic_ns();
	int err = read_tables(capture, true);

	if (!err)
		err = waits_forget(&capture->waits);
	if (err)
		return err;
	forget_processes(capture, now_ns);
	return capture_release_files(capture);
}

int capture_drain_interval(struct capture *capture, uint64_t *ret_turned_ns)
{
	uint64_t turned_ns;
	uint32_t left;
	int err = waits_turn(&capture->waits, &capture->tables, &turned_ns, &left);

	if (!err)
		err = read_left(capture, left, true);
	if (err)
		return capture_failed(capture, err, "cannot end an interval: %s", strerror(-err));
	forget_processes(capture, turned_ns);
	*ret_turned_ns = turned_ns;
	return 0;
}

/* A slice ends: what the tables hold is of it, and what comes after is not. */
static int take_slice(struct capture *capture)
{
	uint64_t since_ns = host_thread_cpu_ns();
	int err;

	slices_turn(&capture->profile->slices, host_monotonic_ns());
	err = read_tables(capture, false);
	capture->slices_cpu_ns += host_thread_cpu_ns() - since_ns;
	return err;
}

/* CPUs that came online are sampled from now on, and their records of processes read. */
static int follow_cpus(struct capture *capture, uint64_t now_ns)
{
	struct circumstances *about = &capture->profile->about;
	uint32_t cpu;
	int attached;

	if (!capture_samples(&capture->config) ||
	    now_ns - capture->cpus_checked_ns < CPUS_INTERVAL_NS)
		return 0;
	capture->cpus_checked_ns = now_ns;
	attached = events_follow_cpus(&capture->events, &cpu);
	if (attached < 0)
		return attach_failed(capture, attached, cpu);
	if (about->cpus < capture->events.count)
		about->cpus = (uint32_t)capture->events.count;
	if (!attached)
		return 0;
	attached = sideband_read(capture->sideband, true);
	if (attached >= 0)
		attached = learn_processes(capture);
	return attached < 0 ? attached : watch(capture);
}

static bool wants_drain(const struct capture *capture, uint64_t now_ns)
{
	uint64_t since_ns = now_ns - capture->drained_ns;

	return tables_want_drain(&capture->tables) ||
	       capture->tracker.spaces.nr_exited > EXITED_MAX || since_ns > DRAIN_INTERVAL_NS ||
	       (since_ns > SHORT_INTERVAL_NS && capture_lacks_descriptors(capture));
}

int capture_poll(struct capture *capture)
{
	uint64_t now_ns = host_monotonic_ns();
	int err = sideband_read(capture->sideband, false);

	if (!err)
		err = unwinding_update(&capture->unwinding, now_ns - SIDEBAND_SETTLE_NS);
	if (!err)
		err = waits_update(&capture->waits, now_ns, capture->config.cgroup_fd >= 0);
	capture_keep_limit(capture);
	cost_update(&capture->cost, now_ns);
	bounds_check(capture, now_ns);
	if (!err)
		err = follow_cpus(capture, now_ns);
	if (!err && wants_drain(capture, now_ns))
		err = capture_drain(capture);
	if (!err && now_ns >= capture_due_ns(capture))
		err = take_slice(capture);
	return err;
}

uint64_t capture_due_ns(const struct capture *capture)
{
	return slices_due_ns(&capture->profile->slices);
}

uint64_t capture_kernel_bytes(const struct capture *capture)
{
	return cost_of_maps(capture->skel->obj) +
	       (capture->by_tables ? capture->config.unwind_bytes : 0) +
	       bounds_jit_bytes(capture);
}

int capture_poll_fd(const struct capture *capture)
{
	return capture->wake_fd;
}
