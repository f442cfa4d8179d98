// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stops COUNT PID [snapshot]: stops a process COUNT times at a random moment of its CPU time,
 * and compares the stack that the walker found there, or what is made of a snapshot that was
 * taken there, with the one that eu-stack finds in the stopped process. Prints "NAME N" for
 * each verdict of compare.h, and the first differences.
 * Exit status 1 when a stack was unequal, 2 when nothing could be compared.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/capture/events.h"
#include "profiler/unwind/remote/remote.h"
#include "tests/truth/stops/compare.h"
#include "tests/truth/stops/feed.h"
#include "tests/truth/stops/oracle.h"
#include "tests/truth/stops/step.h"
#include "tests/truth/stops/stops.skel.h"

#define FREQUENCY_HZ	  997
#define PAUSE_MAX_US	  20000 /* between two stops */
#define POLL_US		  200
#define WAIT_MAX_US	  2000000
#define DIFFERENCES_SHOWN 3

struct stopper {
	pid_t tgid;
	struct stops_bpf *skel;
	struct events events;
	struct feed feed;
	struct ring_buffer *ring;
	struct remote *remote; /* NULL: the walker's stack is compared */
	union {
		struct unwind_snapshot head;
		char bytes[sizeof(struct unwind_snapshot) + SNAPSHOT_STACK_MAX];
	} snapshot;
	size_t snapshot_bytes;
	uint32_t taken;
	struct stop stop;
	struct oracle_stack oracle;
	unsigned verdicts[VERDICT_COUNT];
};

static int fail(const char *what, int err)
{
	fprintf(stderr, "stops: %s: %s\n", what, strerror(err < 0 ? -err : err));
	return err;
}

static int keep_snapshot(void *data, void *snapshot, size_t size)
{
	struct stopper *stopper = data;

	if (size > sizeof(stopper->snapshot))
		return -EMSGSIZE;
	memcpy(&stopper->snapshot, snapshot, size);
	stopper->snapshot_bytes = size;
	return 0;
}

static int open_snapshots(struct stopper *stopper)
{
	stopper->ring = ring_buffer__new(bpf_map__fd(stopper->skel->maps.snapshots), keep_snapshot,
					 stopper, NULL);
	stopper->remote = remote_open(&stopper->feed.tracker);
	return stopper->ring && stopper->remote ? 0 : fail("opening snapshots", -errno);
}

/* Puts what is made of the snapshot in the place of what the walker found. */
static int unwind_snapshot(struct stopper *stopper)
{
	stopper->snapshot_bytes = 0;
	if (ring_buffer__consume(stopper->ring) < 0 || !stopper->snapshot_bytes)
		return -ENODATA;
	return remote_unwind(stopper->remote, &stopper->snapshot.head, stopper->snapshot_bytes,
			     (uint64_t *)stopper->stop.words);
}

static int open_programs(struct stopper *stopper)
{
	uint32_t cpu;
	int err;

	stopper->skel = stops_bpf__open();
	if (!stopper->skel)
		return fail("opening the program", -errno);
	stopper->skel->rodata->target_tgid = (uint32_t)stopper->tgid;
	stopper->skel->rodata->unwind_by_tables = true;
	err = stops_bpf__load(stopper->skel);
	if (err)
		return fail("loading the program", err);
	err = feed_open(&stopper->feed, stopper->skel, stopper->tgid);
	if (err)
		return fail("feeding the walker", err);
	stopper->events.program = stopper->skel->progs.stop_here;
	stopper->events.frequency_hz = FREQUENCY_HZ;
	event_find("cpu-clock", &stopper->events.type, &stopper->events.config, NULL);
	err = events_follow_cpus(&stopper->events, &cpu);
	return err < 0 ? fail("attaching", err) : 0;
}

/* 'T' in /proc/TGID/task/TID/stat, behind the name, which may hold anything. */
static bool is_stopped(pid_t tgid, pid_t tid)
{
	char path[64], text[512], *after;
	size_t len;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", (int)tgid, (int)tid);
	file = fopen(path, "re");
	if (!file)
		return false;
	len = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[len] = '\0';
	after = strrchr(text, ')');
	return after && after[1] == ' ' && after[2] == 'T';
}

/* Waits until `*done` says so. */
static bool wait_for(struct stopper *stopper, bool (*done)(struct stopper *stopper))
{
	for (unsigned waited_us = 0; waited_us < WAIT_MAX_US; waited_us += POLL_US) {
		if (done(stopper))
			return true;
		usleep(POLL_US);
	}
	return false;
}

static bool was_sampled(struct stopper *stopper)
{
	return __atomic_load_n(&stopper->skel->bss->taken, __ATOMIC_ACQUIRE) != stopper->taken;
}

static bool thread_stopped(struct stopper *stopper)
{
	return is_stopped(stopper->tgid, (pid_t)stopper->stop.tid);
}

static int take_stop(struct stopper *stopper)
{
	int fd = bpf_map__fd(stopper->skel->maps.stops);
	uint32_t zero = 0;

	__atomic_store_n(&stopper->skel->bss->wanted, 1, __ATOMIC_RELEASE);
	if (!wait_for(stopper, was_sampled))
		return -ETIME;
	stopper->taken++;
	if (bpf_map_lookup_elem(fd, &zero, &stopper->stop))
		return -errno;
	return wait_for(stopper, thread_stopped) ? 0 : -ETIME;
}

/* While the thread stands still. */
static enum verdict judge(struct stopper *stopper)
{
	const struct stop *stop = &stopper->stop;
	enum verdict verdict = compare_stacks(stop, &stopper->oracle);

	if (verdict == VERDICT_UNEQUAL && compare_has_caller_more(stop, &stopper->oracle) &&
	    step_returns_to((pid_t)stop->tid, stop->words[2]))
		return VERDICT_STEPPED;
	return verdict;
}

static int stop_once(struct stopper *stopper)
{
	enum verdict verdict = VERDICT_MOVED;
	int err = take_stop(stopper);

	if (!err && stopper->remote)
		err = unwind_snapshot(stopper);
	if (!err)
		err = oracle_ask((pid_t)stopper->stop.tid, &stopper->oracle);
	if (!err)
		verdict = judge(stopper);
	kill(stopper->tgid, SIGCONT);
	if (err)
		return err;
	stopper->verdicts[verdict]++;
	if (verdict != VERDICT_EQUAL && verdict != VERDICT_RESTARTED && verdict != VERDICT_STEPPED &&
	    stopper->verdicts[verdict] <= DIFFERENCES_SHOWN) {
		printf("# %s\n", verdict_names[verdict]);
		compare_print(&stopper->stop, &stopper->oracle);
	}
	return 0;
}

static int stop_often(struct stopper *stopper, unsigned count)
{
	int err = 0;

	for (unsigned i = 0; i < count && !err; i++) {
		usleep((useconds_t)(rand() % PAUSE_MAX_US));
		err = feed_update(&stopper->feed);
		if (!err)
			err = stop_once(stopper);
	}
	for (int i = 0; i < VERDICT_COUNT; i++)
		printf("%s %u\n", verdict_names[i], stopper->verdicts[i]);
	return err ? fail("stopping", err) : 0;
}

int main(int argc, char **argv)
{
	struct stopper *stopper = calloc(1, sizeof(*stopper));
	unsigned count = argc > 2 ? (unsigned)atoi(argv[1]) : 0;
	int err;

	if (!stopper || !count) {
		fprintf(stderr, "usage: stops COUNT PID [snapshot]\n");
		return 2;
	}
	stopper->tgid = atoi(argv[2]);
	err = open_programs(stopper);
	if (!err && argc > 3 && !strcmp(argv[3], "snapshot"))
		err = open_snapshots(stopper);
	if (!err)
		err = stop_often(stopper, count);
	events_detach(&stopper->events);
	remote_close(stopper->remote);
	ring_buffer__free(stopper->ring);
	feed_close(&stopper->feed);
	stops_bpf__destroy(stopper->skel);
	err = err ? 2 : stopper->verdicts[VERDICT_UNEQUAL] ? 1 : 0;
	free(stopper);
	return err;
}
