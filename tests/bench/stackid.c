// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stackid PROGRAM CPU HZ: runs one of the programs of stackid.bpf.c ("stackid" or
 * "empty") on a timed event of one CPU until it is ended by SIGINT or SIGTERM. Says
 * "sampling" on standard error when it does; prints at the end "frames N", how deep most
 * stacks were.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/bench/stackid.skel.h"

#define FRAMES_MAX 127

/* As in stackid.bpf.c. */
struct count_key {
	uint32_t tgid;
	int32_t stack;
	char comm[16];
};

static int open_timer(int cpu, uint64_t hz)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.freq = 1,
		.sample_freq = hz,
	};
	long fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

static size_t frames_of(int stacks_fd, int32_t stack)
{
	uint64_t frames[FRAMES_MAX] = {0};
	size_t nr_frames = 0;

	if (stack < 0 || bpf_map_lookup_elem(stacks_fd, &stack, frames))
		return 0;
	while (nr_frames < FRAMES_MAX && frames[nr_frames])
		nr_frames++;
	return nr_frames;
}

static void print_frames(const struct stackid_bpf *skel)
{
	int counts_fd = bpf_map__fd(skel->maps.counts), stacks_fd = bpf_map__fd(skel->maps.stacks);
	uint64_t samples[FRAMES_MAX + 1] = {0}, count;
	struct count_key key, *after = NULL;
	size_t most = 0;

	for (; !bpf_map_get_next_key(counts_fd, after, &key); after = &key)
		if (!bpf_map_lookup_elem(counts_fd, &key, &count))
			samples[frames_of(stacks_fd, key.stack)] += count;
	for (size_t depth = 1; depth <= FRAMES_MAX; depth++)
		if (samples[depth] > samples[most])
			most = depth;
	printf("frames %zu\n", most);
}

/* Returns 0 or -errno. */
static int run(struct bpf_program *program, int cpu, uint64_t hz, const sigset_t *ends)
{
	int fd = open_timer(cpu, hz), sig;
	struct bpf_link *link = fd < 0 ? NULL : bpf_program__attach_perf_event(program, fd);

	if (!link)
		return fd < 0 ? fd : -errno;
	fputs("sampling\n", stderr);
	sigwait(ends, &sig);
	bpf_link__destroy(link);
	return 0;
}

int main(int argc, char **argv)
{
	struct bpf_program *program;
	struct stackid_bpf *skel;
	sigset_t ends;
	int err;

	if (argc != 4) {
		fputs("usage: stackid PROGRAM CPU HZ\n", stderr);
		return 2;
	}
	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	skel = stackid_bpf__open_and_load();
	program = skel ? bpf_object__find_program_by_name(skel->obj, argv[1]) : NULL;
	err = program ? run(program, atoi(argv[2]), strtoull(argv[3], NULL, 10), &ends) : -errno;
	if (err)
		fprintf(stderr, "stackid: %s: %s\n", argv[1], strerror(-err));
	else
		print_frames(skel);
	stackid_bpf__destroy(skel);
	return err ? 1 : 0;
}
