// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The first phases of a capture: options become read-only data and map sizes,
 * then the object is loaded and its maps are filled. See capture.h.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bpf/capture.skel.h"
#include "bpf/shared.h"
#include "profiler/capture/features.h"
#include "profiler/capture/state.h"
#include "profiler/model/alloc.h"
#include "profiler/proc/host.h"
#include "profiler/proc/optional.h"
#include "profiler/proc/privileges.h"

/* A table must hold what may come between two polls, several times over. */
#define POLL_SECONDS	   0.02
#define TABLE_HEADROOM	   4
#define TABLE_ENTRIES_MIN  16384
#define TABLE_ENTRIES_MAX  (1 << 20)
#define ENTRIES_PER_SAMPLE 8 /* chunks: the stacks of most samples have 1 or 2 each */

/* Of a CPU, with a stack each that was not met before; a busy one has ten times as many. */
#define SWITCHES_PER_SECOND 25000

/* Snapshots of the stack that wait to be read: a few of the largest for each CPU. */
#define RING_BYTES_PER_CPU (1u << 19)
#define RING_BYTES_MIN	   (1u << 20)
#define RING_BYTES_MAX	   (1u << 24)

/* Steps of 4 ns each: a quarter of the CPU, where a program recurses without end. */
#define WALK_STEPS_PER_SECOND 64000000u
#define WALK_STEPS_MIN	      4096 /* whatever the rate: a hundred frames met for the first time */

static uint32_t table_entries(const struct capture_config *config, size_t nr_cpus)
{
	double events = capture_follows_threads(config) ? SWITCHES_PER_SECOND : 0;
	double burst = (events + (double)config->frequency_hz) * (double)nr_cpus * POLL_SECONDS *
		       ENTRIES_PER_SAMPLE * TABLE_HEADROOM;

	if (config->table_entries)
		return (uint32_t)config->table_entries;
	if (burst > TABLE_ENTRIES_MAX)
		return TABLE_ENTRIES_MAX;
	return burst < TABLE_ENTRIES_MIN ? TABLE_ENTRIES_MIN : (uint32_t)burst;
}

bool capture_targets_ids(const struct capture_config *config)
{
	return config->nr_pids || config->nr_tids || config->started_pid;
}

bool capture_samples(const struct capture_config *config)
{
	return config->views & (VIEW_BIT(VIEW_CPU) | VIEW_BIT(VIEW_WALL));
}

bool capture_follows_threads(const struct capture_config *config)
{
	return config->views & ~(VIEW_BIT(VIEW_CPU) | VIEW_BIT(VIEW_PLAIN));
}

bool capture_notes_wakers(const struct capture_config *config)
{
	return config->views & (VIEW_BIT(VIEW_WAKEUP) | VIEW_BIT(VIEW_OFFWAKE));
}

bool capture_knows_targets(const struct capture_config *config)
{
	return capture_targets_ids(config) && !capture_notes_wakers(config);
}

static void configure_programs(struct capture *capture)
{
	const struct capture_config *config = &capture->config;
	struct capture_bpf *skel = capture->skel;
	struct bpf_program *unwinders[] = {skel->progs.unwind_fork, skel->progs.unwind_exec,
					   skel->progs.unwind_free};
	long limit = host_sysctl("kernel/perf_event_max_stack", STACK_FRAMES_MAX);

	skel->rodata->target_mode = capture_targets_ids(config)	   ? TARGET_IDS
				    : config->cgroup_fd >= 0 ? TARGET_CGROUP
							     : TARGET_ALL;
	skel->rodata->want_user = config->want_user;
	skel->rodata->want_kernel = config->want_kernel;
	skel->rodata->key_cpu = config->key_cpu;
	skel->rodata->key_cgroup = config->key_cgroup;
	skel->rodata->kernel_walk_limit = limit < STACK_FRAMES_MAX ? (uint32_t)limit : STACK_FRAMES_MAX;
	if (getrandom(&skel->rodata->stack_seed, sizeof(skel->rodata->stack_seed), GRND_NONBLOCK) <
	    0)
		skel->rodata->stack_seed = host_monotonic_ns();
	bpf_program__set_autoload(skel->progs.sample_cpu, capture_samples(config));
	bpf_program__set_autoload(skel->progs.follow_fork, capture_targets_ids(config));
	bpf_program__set_autoload(skel->progs.follow_exec, capture_targets_ids(config));
	bpf_program__set_autoload(skel->progs.follow_free, capture_targets_ids(config));
	if (config->frequency_hz > WALK_STEPS_PER_SECOND / WALK_STEPS_MAX)
		skel->rodata->walk_steps_max =
			WALK_STEPS_MIN + WALK_STEPS_PER_SECOND / (uint32_t)config->frequency_hz;
	skel->rodata->unwind_by_tables = capture->by_tables;
	skel->rodata->want_snapshots = capture->by_tables;
	for (size_t i = 0; i < ARRAY_LEN(unwinders); i++) {
		bpf_program__set_autoload(unwinders[i], capture->by_tables);
		bpf_program__set_autoattach(unwinders[i], false); /* earlier than the others */
	}
}

/* The walker's maps: as large as this machine may want them, or next to nothing. */
static void size_unwinding(struct capture *capture, size_t nr_cpus)
{
	struct capture_bpf *skel = capture->skel;
	uint32_t ring = RING_BYTES_MIN;

	if (!capture->by_tables) {
		bpf_map__set_max_entries(skel->maps.unwind_segments, 1);
		bpf_map__set_max_entries(skel->maps.unwind_objects, 1);
		bpf_map__set_max_entries(skel->maps.unwind_spaces, 1);
		bpf_map__set_max_entries(skel->maps.snapshots, (uint32_t)sysconf(_SC_PAGESIZE));
		return;
	}
	while (ring < nr_cpus * RING_BYTES_PER_CPU && ring < RING_BYTES_MAX)
		ring *= 2;
	bpf_map__set_max_entries(skel->maps.snapshots, ring);
}

/* See enum scratch_slot in bpf/rows.h. */
static void size_scratch(struct capture *capture)
{
	uint32_t cpus = (uint32_t)libbpf_num_possible_cpus();
	bool waits = capture_follows_threads(&capture->config);
	struct capture_bpf *skel = capture->skel;

	skel->rodata->scratch_slots = waits ? 2 : 1;
	skel->rodata->visit_slot = 2 * cpus;
	bpf_map__set_max_entries(skel->maps.scratch_space, waits ? 2 * cpus + 1 : cpus);
	bpf_map__set_max_entries(skel->maps.kernel_memories, waits ? cpus : 1);
}

/* Returns 0 or -ENOMEM. */
static int size_maps(struct capture *capture, size_t nr_cpus)
{
	struct capture_bpf *skel = capture->skel;
	const struct capture_config *config = &capture->config;
	struct bpf_map *tables[] = {skel->maps.stacks_0, skel->maps.stacks_1, skel->maps.counts_0,
				    skel->maps.counts_1};

	int err;

	size_scratch(capture);
	capture->tables.entries = table_entries(config, nr_cpus);
	err = bounds_plan(capture, &capture->tables.entries, &capture->config.unwind_bytes);
	if (err)
		return err;
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		bpf_map__set_max_entries(tables[i], capture->tables.entries);
	if (!capture_targets_ids(config))
		bpf_map__set_max_entries(skel->maps.target_groups, 1);
	else if (config->nr_pids * 2 > bpf_map__max_entries(skel->maps.target_groups))
		bpf_map__set_max_entries(skel->maps.target_groups, (uint32_t)config->nr_pids * 2);
	if (config->nr_tids > bpf_map__max_entries(skel->maps.target_threads))
		bpf_map__set_max_entries(skel->maps.target_threads, (uint32_t)config->nr_tids);
	return 0;
}

/* ---- load ---- */

static int print_nothing(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

static int print_all(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_DEBUG ? 0 : vfprintf(stderr, format, args);
}

/* Events, rings and mapped files take descriptors: as many as we may have. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* By far the commonest cause is a user who may not; anything else takes a closer look. */
static int load_failed(struct capture *capture, int err)
{
	char missing[128];
	int major, minor;

	privileges_missing(true, missing, sizeof(missing));
	if (geteuid() && *missing && (err == -EPERM || err == -EACCES))
		return capture_failed(capture, err,
				      "this user may not load BPF programs, without%s; run it with "
				      "sudo, or see `bolometer doctor`", missing);
	if (*capture->error)
		return err;
	if (err == -ENOMEM)
		return capture_failed(capture, err,
				      "the kernel has no memory for the programs and their tables; a "
				      "cgroup's limit counts for these, and --max-memory and "
				      "--unwind-memory make them smaller");
	if (!host_kernel_version(&major, &minor) && feature_kernel_is_old(major, minor))
		return capture_failed(capture, err,
				      "Linux %d.%d is older than %d.%d, and does not take the BPF "
				      "programs; boot a newer one", major, minor,
				      KERNEL_OLDEST_MAJOR, KERNEL_OLDEST_MINOR);
	return capture_failed(capture, err,
			      "the kernel refused the BPF programs: %s; `bolometer doctor` says "
			      "what is missing", strerror(-err));
}

/* Opens, configures and loads the programs, for the way of unwinding that is set. 0 or -errno. */
static int load_programs(struct capture *capture, size_t nr_cpus)
{
	int err;

	capture->skel = capture_bpf__open();
	if (!capture->skel)
		return -errno;
	configure_programs(capture);
	capture_configure_waits(capture);
	err = size_maps(capture, nr_cpus);
	if (err)
		return err;
	size_unwinding(capture, nr_cpus);
	return capture_bpf__load(capture->skel);
}

static int load(struct capture *capture)
{
	size_t nr_cpus;
	uint32_t *online;
	int err = host_online_cpus(&online, &nr_cpus);

	if (err)
		return capture_failed(capture, err, "cannot tell which CPUs are online: %s",
			      strerror(-err));
	free(online);
	raise_descriptor_limit();
	libbpf_set_print(capture->config.verbose ? print_all : print_nothing);
	if (capture->by_tables && optional_hidden(OPTIONAL_UNWINDING))
		return capture_failed(capture, -EOPNOTSUPP, "unwind tables are hidden");
	err = load_programs(capture, nr_cpus);
	if (err)
		return load_failed(capture, err);
	capture->nr_possible_cpus = (size_t)libbpf_num_possible_cpus();
	capture->cpu_fates = calloc(capture->nr_possible_cpus, sizeof(*capture->cpu_fates));
	return capture->cpu_fates ? 0 : capture_failed(capture, -ENOMEM, "out of memory");
}

/* ---- fill maps ---- */

static int add_target(struct capture *capture, struct bpf_map *map, uint32_t id, uint32_t state)
{
	int err = bpf_map__update_elem(map, &id, sizeof(id), &state, sizeof(state), BPF_ANY);

	return err ? capture_failed(capture, err, "cannot set a target: %s", strerror(-err)) : 0;
}

static int fill_maps(struct capture *capture)
{
	const struct capture_config *config = &capture->config;
	struct capture_bpf *skel = capture->skel;
	uint32_t zero = 0, cgroup_fd = (uint32_t)config->cgroup_fd;
	int err = 0;

	for (size_t i = 0; i < config->nr_pids && !err; i++)
		err = add_target(capture, skel->maps.target_groups, config->pids[i], TARGET_ACTIVE);
	for (size_t i = 0; i < config->nr_tids && !err; i++)
		err = add_target(capture, skel->maps.target_threads, config->tids[i],
				 TARGET_ACTIVE);
	if (!err && config->started_pid)
		err = add_target(capture, skel->maps.target_groups, config->started_pid,
				 TARGET_UNTIL_EXEC);
	if (!err && config->cgroup_fd >= 0 &&
	    bpf_map__update_elem(skel->maps.target_cgroup, &zero, sizeof(zero), &cgroup_fd,
				 sizeof(cgroup_fd), BPF_ANY))
		err = capture_failed(capture, -errno, "cannot watch the cgroup: %s", strerror(errno));
	return err;
}

int capture_setup(struct capture *capture)
{
	int err = load(capture);

	return err ? err : fill_maps(capture);
}

void capture_details(const struct capture *capture, void (*tell)(void *data, const char *line),
		     void *data)
{
	struct bpf_program *program;
	char line[160];

	bpf_object__for_each_program(program, capture->skel->obj) {
		struct bpf_prog_info info = {0};
		uint32_t size = sizeof(info);

		if (!bpf_program__autoload(program) ||
		    bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
			continue;
		snprintf(line, sizeof(line), "bpf: %s: %u instructions, %u verified",
			 bpf_program__name(program), info.xlated_prog_len / 8, info.verified_insns);
		if (!info.verified_insns) /* before Linux 5.16, commit aba64c7da983 */
			*strrchr(line, ',') = '\0';
		tell(data, line);
	}
	snprintf(line, sizeof(line), "bpf: tables of %u entries, twice", capture->tables.entries);
	tell(data, line);
}
