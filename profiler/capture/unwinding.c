// SPDX-License-Identifier: GPL-2.0-or-later
/* The loader of the walker's memory and the completion of stacks, together; see unwinding.h. */
#include "profiler/capture/unwinding.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "bpf/capture.skel.h"
#include "profiler/model/alloc.h"
#include "profiler/proc/host.h"

/* Before the capture starts; what is not built by then is built when it is met. */
#define PREPARE_NS 250000000ULL

static int wait_for_programs(void *data)
{
	return tables_wait(data);
}

static void note_error(struct unwinding *unwinding, int err)
{
	if (err && !unwinding->error)
		unwinding->error = err;
}

static void process_changed(void *data, uint32_t tgid)
{
	struct unwinding *unwinding = data;

	note_error(unwinding, unwinder_changed(unwinding->unwinder, tgid));
}

/* Before any process is published: from then on a fork takes its parent's memory along. */
static int follow_processes(struct capture_bpf *skel)
{
	struct {
		struct bpf_program *program;
		struct bpf_link **link;
	} const followers[] = {
		{skel->progs.unwind_fork, &skel->links.unwind_fork},
		{skel->progs.unwind_exec, &skel->links.unwind_exec},
		{skel->progs.unwind_free, &skel->links.unwind_free},
	};

	for (size_t i = 0; i < ARRAY_LEN(followers); i++) {
		*followers[i].link = bpf_program__attach(followers[i].program);
		if (!*followers[i].link)
			return -errno;
	}
	return 0;
}

/* A completed stack, or what there is of it. The programs may have met a process we had lost. */
static int add_row(void *data, const struct table_row *row, uint32_t walk_end)
{
	struct unwinding *unwinding = data;
	int err = 0;

	if (walk_end == STACK_END_NO_PROCESS)
		err = unwinder_missed(unwinding->unwinder, row->key->tgid);
	return err ? err : unwinding->row(unwinding->data, row);
}

static int open_snapshots(struct unwinding *unwinding, size_t held_bytes)
{
	struct snapshots_config config = {
		.map_fd = bpf_map__fd(unwinding->skel->maps.snapshots),
		.remote = unwinding->remote,
		.bytes_max = held_bytes < SNAPSHOTS_BYTES_MAX ? held_bytes : 0,
		.row = add_row,
		.data = unwinding,
		.now_ns = host_monotonic_ns,
		.cpu_ns = host_thread_cpu_ns,
	};

	unwinding->snapshots = snapshots_open(&config);
	return unwinding->snapshots ? 0 : -errno;
}

int unwinding_open(struct unwinding *unwinding, const struct unwinding_config *config)
{
	struct capture_bpf *skel = config->skel;
	struct unwinder_config unwinder = {
		.tracker = config->tracker,
		.segments_fd = bpf_map__fd(skel->maps.unwind_segments),
		.objects_fd = bpf_map__fd(skel->maps.unwind_objects),
		.spaces_fd = bpf_map__fd(skel->maps.unwind_spaces),
		.memory_max = config->memory_bytes,
		.confine = config->confine,
		.epoch = &skel->bss->unwind_epoch,
		.wait_for_programs = wait_for_programs,
		.data = config->tables,
	};
	int err;

	*unwinding = (struct unwinding){
		.skel = skel,
		.tables = config->tables,
		.tracker = config->tracker,
		.row = config->row,
		.data = config->data,
	};
	unwinding->unwinder = unwinder_open(&unwinder);
	if (!unwinding->unwinder)
		return -errno;
	unwinding->remote = remote_open(config->tracker);
	if (!unwinding->remote)
		return -errno;
	if (config->held_bytes)
		remote_keep_within(unwinding->remote, config->held_bytes);
	err = open_snapshots(unwinding, config->held_bytes);
	if (err)
		return err;
	config->tracker->changed = process_changed;
	config->tracker->changed_data = unwinding;
	return follow_processes(skel);
}

void unwinding_close(struct unwinding *unwinding)
{
	if (!unwinding->unwinder)
		return;
	unwinding->tracker->changed = NULL;
	snapshots_close(unwinding->snapshots);
	remote_close(unwinding->remote);
	unwinder_close(unwinding->unwinder);
	unwinding->unwinder = NULL;
}

int unwinding_prepare(struct unwinding *unwinding, bool few_targets)
{
	if (!unwinding->unwinder)
		return 0;
	if (unwinding->error)
		return unwinding->error;
	return unwinder_prepare(unwinding->unwinder, few_targets,
				host_monotonic_ns() + PREPARE_NS);
}

static int update(struct unwinding *unwinding, uint64_t known_until_ns,
		  int (*complete)(struct snapshots *snapshots, uint64_t known_until_ns))
{
	int err = unwinding->error;

	if (!unwinding->unwinder)
		return 0;
	if (!err)
		err = snapshots_read(unwinding->snapshots);
	if (!err)
		err = complete(unwinding->snapshots, known_until_ns);
	return err ? err : unwinder_update(unwinding->unwinder);
}

int unwinding_update(struct unwinding *unwinding, uint64_t known_until_ns)
{
	return update(unwinding, known_until_ns, snapshots_resolve);
}

int unwinding_drain(struct unwinding *unwinding, uint64_t known_until_ns)
{
	return update(unwinding, known_until_ns, snapshots_drain);
}

int unwinding_release(struct unwinding *unwinding, bool *used, size_t count)
{
	int err = unwinding->unwinder ? unwinder_release(unwinding->unwinder, used, count) : 0;

	if (!err && unwinding->remote)
		remote_release(unwinding->remote, used, count);
	return err;
}

size_t unwinding_fds(const struct unwinding *unwinding, int ret_fds[UNWINDING_FDS])
{
	if (!unwinding->unwinder)
		return 0;
	ret_fds[0] = unwinder_fd(unwinding->unwinder);
	ret_fds[1] = snapshots_fd(unwinding->snapshots);
	return UNWINDING_FDS;
}

uint64_t unwinding_bytes(const struct unwinding *unwinding)
{
	struct unwinder_stats stats;

	if (!unwinding->unwinder)
		return 0;
	unwinder_stats(unwinding->unwinder, &stats);
	return stats.memory_bytes;
}

/* ---- what is said of it ---- */

struct teller {
	void (*tell)(void *data, const char *line);
	void *data;
};

__attribute__((format(printf, 2, 3))) static void tell(const struct teller *teller,
							const char *format, ...)
{
	char line[256];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	teller->tell(teller->data, line);
}

#define ULL(number) ((unsigned long long)(number))

void unwinding_details(const struct unwinding *unwinding,
		       void (*to)(void *data, const char *line), void *data)
{
	const struct teller teller = {to, data};
	struct unwinder_stats tables;
	struct snapshots_stats stacks;

	if (!unwinding->unwinder)
		return;
	unwinder_stats(unwinding->unwinder, &tables);
	snapshots_stats(unwinding->snapshots, &stacks);
	tell(&teller, "unwind: %llu tables with %llu rows in %.1f of %.1f MB; %llu built in %.0f ms",
	     ULL(tables.tables), ULL(tables.rows), (double)tables.used_bytes / 1e6,
	     (double)tables.memory_bytes / 1e6, ULL(tables.built), (double)tables.build_ns / 1e6);
	tell(&teller, "unwind: %llu stacks copied for completion: %llu completed, %llu improved, "
	     "%llu as they were, in %.0f ms", ULL(stacks.taken), ULL(stacks.completed),
	     ULL(stacks.improved), ULL(stacks.unimproved + stacks.rushed),
	     (double)stacks.cpu_ns / 1e6);
	if (stacks.malformed)
		tell(&teller, "unwind: %llu records of stacks make no sense",
		     ULL(stacks.malformed));
	if (tables.damaged)
		tell(&teller, "unwind: %llu entries of call-frame information make no sense (%.100s)",
		     ULL(tables.damaged), tables.one_damaged);
}

/* Memory that did not suffice, and what that did to the profile. */
static void tell_shortage(const struct teller *teller, const struct unwinder_stats *stats)
{
	if (stats->evicted)
		tell(teller, "unwind tables did not fit into %.0f MB: %llu were given up and made "
		     "again; --unwind-memory takes more", (double)stats->memory_bytes / 1e6,
		     ULL(stats->evicted));
	if (stats->no_room)
		tell(teller, "files whose unwind tables found no room in %.0f MB: %llu (%.100s), "
		     "their stacks completed from copies; --unwind-memory takes more",
		     (double)stats->memory_bytes / 1e6, ULL(stats->no_room), stats->one_no_room);
	if (stats->too_large)
		tell(teller, "files whose unwind tables are larger than --unwind-memory: %llu "
		     "(%.100s); their stacks are completed from copies, as far as those go",
		     ULL(stats->too_large), stats->one_too_large);
	if (stats->too_many)
		tell(teller, "files beyond those that unwind tables can be kept of: %llu; their "
		     "code is taken to keep frame pointers", ULL(stats->too_many));
	if (stats->spaces_full)
		tell(teller, "processes whose mappings found no room in the kernel: %llu; their "
		     "stacks are incomplete", ULL(stats->spaces_full));
}

void unwinding_notices(const struct unwinding *unwinding,
		       void (*to)(void *data, const char *line), void *data)
{
	const struct teller teller = {to, data};
	struct unwinder_stats tables;
	struct snapshots_stats stacks;
	uint64_t skipped;

	if (!unwinding->unwinder)
		return;
	unwinder_stats(unwinding->unwinder, &tables);
	snapshots_stats(unwinding->snapshots, &stacks);
	/* Of forks, by the programs themselves. */
	tables.spaces_full += unwinding->skel->bss->unwind_spaces_full;
	tell_shortage(&teller, &tables);
	skipped = unwinding->skel->bss->snapshots_limited + unwinding->skel->bss->snapshots_full +
		  stacks.rushed;
	if (skipped)
		tell(&teller, "stacks not completed, because too many came at once or they took "
		     "too long: %llu; they are incomplete", ULL(skipped));
	if (tables.failed)
		tell(&teller, "files whose call-frame information cannot be read: %llu (%.100s); "
		     "their code is taken to keep frame pointers", ULL(tables.failed),
		     tables.one_failed);
}
