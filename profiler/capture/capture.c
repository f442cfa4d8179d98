// SPDX-License-Identifier: GPL-2.0-or-later
/* The phases of a capture, one function each, in order; see capture.h. */
#include "profiler/capture/capture.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "bpf/cpu.skel.h"
#include "bpf/shared.h"
#include "profiler/capture/events.h"
#include "profiler/capture/normalize.h"
#include "profiler/capture/sideband.h"
#include "profiler/capture/tables.h"
#include "profiler/model/alloc.h"
#include "profiler/model/markers.h"
#include "profiler/proc/host.h"

/* A table must hold what may come between two polls, several times over. */
#define POLL_SECONDS	   0.02
#define TABLE_HEADROOM	   4
#define TABLE_ENTRIES_MIN  16384
#define TABLE_ENTRIES_MAX  (1 << 20)
#define ENTRIES_PER_SAMPLE (2 * STACK_CHUNKS_MAX)

/* So that addresses are looked up soon after they were seen, and exited processes forgotten. */
#define DRAIN_INTERVAL_NS 10000000000ULL
#define CPUS_INTERVAL_NS  1000000000ULL

struct capture {
	struct capture_config config;
	struct cpu_bpf *skel;
	struct events events;
	struct tables tables;
	struct tracker tracker;
	struct sideband *sideband;
	struct profile *profile;
	struct normalizer normalizer;
	uint64_t *fate_scratch; /* one CPU's worth each, as the kernel returns them */
	size_t nr_possible_cpus;
	int stats_fd; /* keeps the kernel's measuring of BPF run time on; -1: cannot */
	bool attached;
	uint64_t started_ns, drained_ns, cpus_checked_ns;
	char error[256];
};

/* Keeps what went wrong in words and returns err. */
__attribute__((format(printf, 3, 4))) static int failed(struct capture *capture, int err,
							const char *format, ...)
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

const struct tracker *capture_tracker(const struct capture *capture)
{
	return &capture->tracker;
}

bool capture_event_known(const char *event, const char **ret_names)
{
	uint32_t type;
	uint64_t config;

	return event_find(event, &type, &config, ret_names);
}

/* ---- open: options become read-only data and map sizes ---- */

static uint32_t table_entries(const struct capture_config *config, size_t nr_cpus)
{
	double burst = (double)config->frequency_hz * (double)nr_cpus * POLL_SECONDS *
		       ENTRIES_PER_SAMPLE * TABLE_HEADROOM;

	if (config->table_entries)
		return (uint32_t)config->table_entries;
	if (burst > TABLE_ENTRIES_MAX)
		return TABLE_ENTRIES_MAX;
	return burst < TABLE_ENTRIES_MIN ? TABLE_ENTRIES_MIN : (uint32_t)burst;
}

static bool targets_ids(const struct capture_config *config)
{
	return config->nr_pids || config->nr_tids || config->started_pid;
}

static void configure_programs(struct capture *capture)
{
	const struct capture_config *config = &capture->config;
	struct cpu_bpf *skel = capture->skel;
	long limit = host_sysctl("kernel/perf_event_max_stack", STACK_FRAMES_MAX);

	skel->rodata->target_mode = targets_ids(config)	   ? TARGET_IDS
				    : config->cgroup_fd >= 0 ? TARGET_CGROUP
							     : TARGET_ALL;
	skel->rodata->want_user = config->want_user;
	skel->rodata->want_kernel = config->want_kernel;
	skel->rodata->key_cpu = config->key_cpu;
	skel->rodata->key_cgroup = config->key_cgroup;
	skel->rodata->walk_limit = limit < STACK_FRAMES_MAX ? (uint32_t)limit : STACK_FRAMES_MAX;
	if (getrandom(&skel->rodata->stack_seed, sizeof(skel->rodata->stack_seed), GRND_NONBLOCK) <
	    0)
		skel->rodata->stack_seed = host_monotonic_ns();
	bpf_program__set_autoload(skel->progs.follow_fork, targets_ids(config));
	bpf_program__set_autoload(skel->progs.follow_exec, targets_ids(config));
	bpf_program__set_autoload(skel->progs.follow_free, targets_ids(config));
}

static void size_maps(struct capture *capture, size_t nr_cpus)
{
	struct cpu_bpf *skel = capture->skel;
	const struct capture_config *config = &capture->config;
	struct bpf_map *tables[] = {skel->maps.stacks_0, skel->maps.stacks_1, skel->maps.counts_0,
				    skel->maps.counts_1};

	capture->tables.entries = table_entries(config, nr_cpus);
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		bpf_map__set_max_entries(tables[i], capture->tables.entries);
	if (!targets_ids(config))
		bpf_map__set_max_entries(skel->maps.target_groups, 1);
	else if (config->nr_pids * 2 > bpf_map__max_entries(skel->maps.target_groups))
		bpf_map__set_max_entries(skel->maps.target_groups, (uint32_t)config->nr_pids * 2);
	if (config->nr_tids > bpf_map__max_entries(skel->maps.target_threads))
		bpf_map__set_max_entries(skel->maps.target_threads, (uint32_t)config->nr_tids);
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

static int load(struct capture *capture)
{
	size_t nr_cpus = capture->config.nr_cpus;
	uint32_t *online;
	int err = host_online_cpus(&online, &nr_cpus);

	if (err)
		return failed(capture, err, "cannot tell which CPUs are online: %s",
			      strerror(-err));
	free(online);
	libbpf_set_print(capture->config.verbose ? print_all : print_nothing);
	capture->skel = cpu_bpf__open();
	if (!capture->skel)
		return failed(capture, -errno, "cannot open the BPF programs: %s",
			      strerror(errno));
	configure_programs(capture);
	size_maps(capture, nr_cpus);
	err = cpu_bpf__load(capture->skel);
	if (err)
		return failed(capture, err,
			      "the kernel refused the BPF programs: %s; `bolometer doctor` says "
			      "what is missing", strerror(-err));
	capture->nr_possible_cpus = (size_t)libbpf_num_possible_cpus();
	capture->fate_scratch = calloc(capture->nr_possible_cpus, sizeof(uint64_t));
	return capture->fate_scratch ? 0 : failed(capture, -ENOMEM, "out of memory");
}

/* ---- fill maps ---- */

static int add_target(struct capture *capture, struct bpf_map *map, uint32_t id, uint32_t state)
{
	int err = bpf_map__update_elem(map, &id, sizeof(id), &state, sizeof(state), BPF_ANY);

	return err ? failed(capture, err, "cannot set a target: %s", strerror(-err)) : 0;
}

static int fill_maps(struct capture *capture)
{
	const struct capture_config *config = &capture->config;
	struct cpu_bpf *skel = capture->skel;
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
		err = failed(capture, -errno, "cannot watch the cgroup: %s", strerror(errno));
	return err;
}

static int prepare_tables(struct capture *capture)
{
	struct cpu_bpf *skel = capture->skel;
	struct tables *tables = &capture->tables;

	tables->stacks_fd[0] = bpf_map__fd(skel->maps.stacks_0);
	tables->stacks_fd[1] = bpf_map__fd(skel->maps.stacks_1);
	tables->counts_fd[0] = bpf_map__fd(skel->maps.counts_0);
	tables->counts_fd[1] = bpf_map__fd(skel->maps.counts_1);
	tables->grace_fd = bpf_map__fd(skel->maps.tables_grace);
	tables->grace_inner_fd = bpf_map__fd(skel->maps.tables_grace_inner);
	tables->active = &skel->bss->tables_active;
	tables->stack_use = (volatile uint64_t *)skel->bss->tables_stack_use;
	tables->count_use = (volatile uint64_t *)skel->bss->tables_count_use;
	return tables_init(tables);
}

/* Value types, and what one sample is worth. */
static int prepare_profile(struct capture *capture)
{
	bool is_clock = !strcmp(capture->config.event, "cpu-clock");
	int err;

	capture->profile = profile_new();
	if (!capture->profile)
		return -ENOMEM;
	normalizer_init(&capture->normalizer, capture->profile, &capture->tracker);
	if (is_clock)
		capture->normalizer.sample_ns = 1000000000ULL / capture->config.frequency_hz;
	err = profile_add_value_type(capture->profile, "samples", "count");
	if (!err && is_clock)
		err = profile_add_value_type(capture->profile, "cpu", "nanoseconds");
	if (!err && capture->config.key_cgroup) {
		char *mount = host_cgroup_mount();

		capture->normalizer.cgroup_fd = mount ? host_cgroup_open(mount) : -1;
		free(mount);
	}
	return err;
}

/* What targets had mapped before the capture; rings first, so that nothing falls between. */
static int learn_processes(struct capture *capture)
{
	const struct capture_config *config = &capture->config;
	int err = 0;

	capture->sideband = sideband_open(bpf_map__fd(capture->skel->maps.sideband),
					  capture->nr_possible_cpus, &capture->tracker);
	if (!capture->sideband)
		return failed(capture, -errno,
			      "cannot read the kernel's records of processes: %s; `bolometer "
			      "doctor` says what is missing", strerror(errno));
	if (capture->tracker.all)
		return tracker_add_all(&capture->tracker);
	for (size_t i = 0; i < config->nr_pids && !err; i++)
		err = tracker_add_process(&capture->tracker, config->pids[i]);
	for (size_t i = 0; i < config->nr_tids && !err; i++)
		err = tracker_add_process(&capture->tracker, config->tids[i]);
	if (!err && config->started_pid)
		err = tracker_add_process(&capture->tracker, config->started_pid);
	return err == -ESRCH ? failed(capture, err, "a target ended before the capture started")
			     : err;
}

struct capture *capture_open(const struct capture_config *config, char *why, size_t why_size)
{
	struct capture *capture = calloc(1, sizeof(*capture));
	int err;

	if (!capture) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	capture->config = *config;
	capture->stats_fd = -1;
	tracker_init(&capture->tracker, !targets_ids(config));
	err = load(capture);
	if (!err)
		err = fill_maps(capture);
	if (!err)
		err = prepare_tables(capture);
	if (!err)
		err = prepare_profile(capture);
	if (!err)
		err = learn_processes(capture);
	if (!err)
		return capture;
	snprintf(why, why_size, "%s", *capture->error ? capture->error : strerror(-err));
	capture_close(capture);
	return NULL;
}

void capture_close(struct capture *capture)
{
	if (!capture)
		return;
	events_detach(&capture->events);
	sideband_close(capture->sideband);
	tables_fini(&capture->tables);
	if (capture->normalizer.cgroup_fd > 0)
		close(capture->normalizer.cgroup_fd);
	normalizer_fini(&capture->normalizer);
	profile_free(capture->profile);
	tracker_fini(&capture->tracker);
	cpu_bpf__destroy(capture->skel);
	if (capture->stats_fd >= 0)
		close(capture->stats_fd);
	free(capture->fate_scratch);
	free(capture);
}

/* ---- attach ---- */

static int attach_failed(struct capture *capture, int err, uint32_t cpu)
{
	const char *event = capture->config.event;

	if (err == -ENOENT || err == -EOPNOTSUPP || err == -ENODEV)
		return failed(capture, err,
			      "this machine has no event %s (%s); cpu-clock works everywhere",
			      event, strerror(-err));
	if (err == -EINVAL)
		return failed(capture, err,
			      "the kernel refused %s at %llu Hz on CPU %u; "
			      "kernel.perf_event_max_sample_rate is %ld", event,
			      (unsigned long long)capture->config.frequency_hz, cpu,
			      host_sysctl("kernel/perf_event_max_sample_rate", 0));
	if (err == -EMFILE)
		return failed(capture, err,
			      "too many open files for an event on each CPU; raise `ulimit -n`");
	return failed(capture, err, "cannot sample %s on CPU %u: %s", event, cpu, strerror(-err));
}

int capture_start(struct capture *capture)
{
	struct events *events = &capture->events;
	struct timespec now;
	uint32_t cpu = 0;
	int err = 0;

	event_find(capture->config.event, &events->type, &events->config, NULL);
	events->program = capture->skel->progs.sample_cpu;
	events->frequency_hz = capture->config.frequency_hz;
	events->only = capture->config.cpus;
	events->nr_only = capture->config.nr_cpus;
	if (targets_ids(&capture->config))
		err = cpu_bpf__attach(capture->skel);
	if (err)
		return failed(capture, err, "cannot follow forks: %s", strerror(-err));
	capture->stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	clock_gettime(CLOCK_REALTIME, &now);
	capture->profile->about.start_unix_ns =
		(uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	capture->started_ns = capture->drained_ns = capture->cpus_checked_ns = host_monotonic_ns();
	err = events_follow_cpus(events, &cpu);
	capture->attached = true;
	capture->profile->about.cpus = (uint32_t)events->count;
	return err ? attach_failed(capture, err, cpu) : 0;
}

/* ---- drain ---- */

static int add_row(void *data, const struct table_row *row)
{
	return normalize_row(data, row);
}

/* Between turning and reading, so that every mapping a sample can have met is known. */
static int drain(struct capture *capture)
{
	uint64_t since_ns = capture->drained_ns;
	uint32_t left;
	int err = tables_turn(&capture->tables, &left);

	capture->drained_ns = host_monotonic_ns();
	if (!err)
		err = sideband_read(capture->sideband);
	if (!err)
		err = tables_read(&capture->tables, left, add_row, &capture->normalizer);
	if (err)
		return failed(capture, err, "cannot read the tables: %s", strerror(-err));
	/* Whatever ended before the last drain has no sample in the tables any more. */
	spaces_forget(&capture->tracker.spaces, since_ns);
	return 0;
}

int capture_poll(struct capture *capture)
{
	uint64_t now_ns = host_monotonic_ns();
	uint32_t cpu;
	int err = sideband_read(capture->sideband);

	if (!err && capture->attached && now_ns - capture->cpus_checked_ns > CPUS_INTERVAL_NS) {
		capture->cpus_checked_ns = now_ns;
		err = events_follow_cpus(&capture->events, &cpu);
		if (err)
			return attach_failed(capture, err, cpu);
		if (capture->profile->about.cpus < capture->events.count)
			capture->profile->about.cpus = (uint32_t)capture->events.count;
	}
	if (!err && (tables_want_drain(&capture->tables) ||
		     now_ns - capture->drained_ns > DRAIN_INTERVAL_NS))
		err = drain(capture);
	return err;
}

int capture_poll_fd(const struct capture *capture)
{
	return sideband_fd(capture->sideband);
}

static uint64_t read_fate(struct capture *capture, uint32_t fate)
{
	uint64_t sum = 0;

	if (bpf_map_lookup_elem(bpf_map__fd(capture->skel->maps.fates), &fate,
				capture->fate_scratch))
		return 0;
	for (size_t i = 0; i < capture->nr_possible_cpus; i++)
		sum += capture->fate_scratch[i];
	return sum;
}

/* The causes in loss.def, in its order; FATE_RECORDED and FATE_FIRED are not among them. */
static const struct {
	const char *name;
	const char *about;
	bool is_loss;
} causes[] = {
#define EVENT(name, word, is_loss, text) [FATE_##name] = {word, text, is_loss},
#include "bpf/loss.def"
#undef EVENT
};

void capture_progress(struct capture *capture, struct capture_progress *ret_progress)
{
	struct capture_progress progress = {0};

	progress.recorded = read_fate(capture, FATE_RECORDED);
	for (uint32_t i = 0; i < ARRAY_LEN(causes); i++)
		progress.lost += causes[i].is_loss ? read_fate(capture, i) : 0;
	progress.stacks = tables_in_use(&capture->tables);
	*ret_progress = progress;
}

/* ---- stop: the books ---- */

static int add_events(struct capture *capture)
{
	struct circumstances *about = &capture->profile->about;
	const struct normalizer *normalizer = &capture->normalizer;
	uint64_t recorded = read_fate(capture, FATE_RECORDED);
	uint64_t found = normalizer->recorded + normalizer->stack_missing;

	about->fired = read_fate(capture, FATE_FIRED);
	for (uint32_t i = 0; i < ARRAY_LEN(causes); i++) {
		struct event_count *event = &about->events[about->nr_events++];

		snprintf(event->name, sizeof(event->name), "%s", causes[i].name);
		snprintf(event->about, sizeof(event->about), "%s", causes[i].about);
		event->is_loss = causes[i].is_loss;
		event->count = read_fate(capture, i);
		if (i == FATE_STACK_MISSING)
			event->count += normalizer->stack_missing;
		if (i == FATE_DRAIN_FAILED && recorded > found)
			event->count += recorded - found;
	}
	return 0;
}

/* Memory of the maps, as the kernel accounts for it. */
static uint64_t map_bytes(const struct capture *capture)
{
	uint64_t total = 0;
	struct bpf_map *map;

	bpf_object__for_each_map(map, capture->skel->obj) {
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

static void add_cost(struct capture *capture)
{
	struct circumstances *about = &capture->profile->about;
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);

	about->map_bytes = map_bytes(capture);
	if (capture->stats_fd < 0 ||
	    bpf_obj_get_info_by_fd(bpf_program__fd(capture->skel->progs.sample_cpu), &info, &size))
		return;
	about->own_program_ns = info.run_time_ns;
	about->own_program_runs = info.run_cnt;
}

int capture_stop(struct capture *capture)
{
	struct circumstances *about = &capture->profile->about;
	int err;

	events_detach(&capture->events);
	capture->attached = false;
	about->duration_ns = host_monotonic_ns() - capture->started_ns;
	about->frequency_hz = capture->config.frequency_hz;
	err = drain(capture);
	if (!err)
		err = add_events(capture);
	add_cost(capture);
	profile_seal(capture->profile);
	return err;
}

struct profile *capture_take_profile(struct capture *capture)
{
	struct profile *profile = capture->profile;

	capture->profile = NULL;
	return profile;
}

void capture_notices(const struct capture *capture, void (*tell)(void *data, const char *line),
		     void *data)
{
	uint64_t missed = capture->skel->bss->targets_missed;
	uint64_t lost = capture->tracker.lost_records;
	char line[160];

	if (missed) {
		snprintf(line, sizeof(line), "%llu child processes could not be followed",
			 (unsigned long long)missed);
		tell(data, line);
	}
	if (lost) {
		snprintf(line, sizeof(line),
			 "%llu records of processes and mappings were lost; some code may be "
			 MARKER_UNKNOWN, (unsigned long long)lost);
		tell(data, line);
	}
}
