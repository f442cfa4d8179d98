// SPDX-License-Identifier: GPL-2.0-or-later
/* The loader of the walker's memory and the completion of stacks, together; see unwinding.h. */
#include "profiler/capture/unwinding.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "bpf/cpu.skel.h"
#include "profiler/model/alloc.h"
#include "profiler/proc/host.h"

/* Before the capture starts: building every table of a large system may take this long. */
#define PREPARE_NS 500000000ULL

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
static int follow_processes(struct cpu_bpf *skel)
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
static int add_row(void *data, const struct table_row *row, uint32_t asked)
{
	struct unwinding *unwinding = data;
	int err = 0;

	if (asked == STACK_END_NO_PROCESS)
		err = unwinder_missed(unwinding->unwinder, row->key->tgid);
	return err ? err : unwinding->row(unwinding->data, row);
}

int unwinding_open(struct unwinding *unwinding, const struct unwinding_config *config)
{
	struct cpu_bpf *skel = config->skel;
	struct unwinder_config unwinder = {
		.tracker = config->tracker,
		.segments_fd = bpf_map__fd(skel->maps.unwind_segments),
		.objects_fd = bpf_map__fd(skel->maps.unwind_objects),
		.spaces_fd = bpf_map__fd(skel->maps.unwind_spaces),
		.memory_max = config->memory_bytes,
		.epoch = &skel->bss->unwind_epoch,
		.wait_for_programs = wait_for_programs,
		.data = config->tables,
	};

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
	unwinding->snapshots = snapshots_open(bpf_map__fd(skel->maps.snapshots),
					      unwinding->remote, add_row, unwinding);
	if (!unwinding->snapshots)
		return -errno;
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

int unwinding_update(struct unwinding *unwinding, uint64_t known_until_ns)
{
	int err = unwinding->error;

	if (!unwinding->unwinder)
		return 0;
	if (!err)
		err = snapshots_read(unwinding->snapshots);
	if (!err)
		err = snapshots_resolve(unwinding->snapshots, known_until_ns);
	return err ? err : unwinder_update(unwinding->unwinder);
}

size_t unwinding_fds(const struct unwinding *unwinding, int ret_fds[UNWINDING_FDS])
{
	if (!unwinding->unwinder)
		return 0;
	ret_fds[0] = unwinder_fd(unwinding->unwinder);
	ret_fds[1] = snapshots_fd(unwinding->snapshots);
	return UNWINDING_FDS;
}
