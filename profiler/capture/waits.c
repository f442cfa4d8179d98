// SPDX-License-Identifier: GPL-2.0-or-later
/* Beginning, following and ending captures of waits; see waits.h. */
#include "profiler/capture/waits.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "bpf/capture.skel.h"
#include "profiler/model/alloc.h"
#include "profiler/proc/host.h"

/* Threads that are found later than at the start: those that moved into a cgroup. */
#define VISIT_INTERVAL_NS 1000000000ULL

/* For the stacks of threads that are found waiting, all of them together. */
#define FOUND_CPU_MAX_NS 3000000000ULL

/* That the end of a capture waits for threads that are ending. */
#define LEAVING_MAX_NS 1000000000ULL

#define READ_BYTES 65536

/* Longer than a program runs. */
#define LEAD_NS 500000ULL

/* ---- visiting all threads ---- */

/*
 * Has an iterator program visit all threads, and hands on what it wrote, records of `size` bytes.
 * Returns 0, -errno, or the first error of `take`.
 */
static int visit_threads(const struct bpf_link *link, size_t size,
			 int (*take)(struct waits *waits, const void *record), struct waits *waits)
{
	int fd = bpf_iter_create(bpf_link__fd(link));
	char *buffer = malloc(READ_BYTES);
	size_t have = 0;
	ssize_t got = 1;
	int err = fd < 0 ? -errno : buffer ? 0 : -ENOMEM;

	while (!err && got) {
		size_t used = 0;

		got = read(fd, buffer + have, READ_BYTES - have);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got < 0) {
			err = -errno;
			break;
		}
		have += (size_t)got;
		for (; have - used >= size && !err; used += size)
			err = take(waits, buffer + used);
		have -= used;
		memmove(buffer, buffer + used, have);
	}
	if (fd >= 0)
		close(fd);
	free(buffer);
	return err;
}

/* ---- threads that are found waiting ---- */

/* A snapshot with room for the stack. */
struct found {
	struct unwind_snapshot snapshot;
	char stack[SNAPSHOT_STACK_MAX];
};

/*
 * Reads a waiting thread's stack from `addr` on, as far as it is there. Page by page: a read ends
 * before the first one that is not. Returns bytes, whole words.
 */
static uint32_t read_stack(uint32_t tgid, uint64_t addr, char stack[SNAPSHOT_STACK_MAX])
{
	struct iovec to = {stack, SNAPSHOT_STACK_MAX};
	struct iovec from[SNAPSHOT_STACK_MAX / SNAPSHOT_PAGE_BYTES + 1];
	size_t pieces = 0, bytes = 0;
	ssize_t got;

	while (bytes < SNAPSHOT_STACK_MAX) {
		size_t piece = SNAPSHOT_PAGE_BYTES - (addr + bytes) % SNAPSHOT_PAGE_BYTES;

		if (piece > SNAPSHOT_STACK_MAX - bytes)
			piece = SNAPSHOT_STACK_MAX - bytes;
		from[pieces++] = (struct iovec){(void *)(uintptr_t)(addr + bytes), piece};
		bytes += piece;
	}
	got = process_vm_readv((pid_t)tgid, &to, 1, from, pieces, 0);
	return got > 0 ? (uint32_t)got & ~7U : 0;
}

/* The page below the stack pointer may never have been touched. */
static void fill_stack(struct found *found)
{
	struct unwind_snapshot *snapshot = &found->snapshot;
	uint64_t lowest = snapshot->stack_addr;
	uint64_t page = (lowest | (SNAPSHOT_PAGE_BYTES - 1)) + 1;

	snapshot->stack_bytes = read_stack(snapshot->key.tgid, lowest, found->stack);
	if (snapshot->stack_bytes)
		return;
	snapshot->stack_addr = page;
	snapshot->stack_bytes = read_stack(snapshot->key.tgid, page, found->stack);
}

/* Walks the stack of a thread that was found waiting, and keeps it for the end of the wait. */
static int take_found(struct waits *waits, const void *record)
{
	uint64_t words[STACK_WORDS_MAX], began_ns = host_thread_cpu_ns();
	struct found *found;
	int err = 0;

	if (waits->walked_ns > FOUND_CPU_MAX_NS) {
		waits->stacks_missed++;
		return stack_store_add(
			&waits->tables->stacks,
			((const struct unwind_snapshot *)record)->key.user_stack,
			(const uint64_t *)((const struct unwind_snapshot *)record)->user);
	}
	found = malloc(sizeof(*found));
	if (!found)
		return -ENOMEM;
	memcpy(&found->snapshot, record, sizeof(found->snapshot));
	fill_stack(found);
	err = remote_unwind(waits->remote, &found->snapshot,
			    sizeof(found->snapshot) + found->snapshot.stack_bytes, words);
	if (!err)
		err = stack_store_add(&waits->tables->stacks, found->snapshot.key.user_stack,
				      words);
	waits->walked_ns += host_thread_cpu_ns() - began_ns;
	free(found);
	return err;
}

static int find_threads(struct waits *waits)
{
	waits->visited_ns = host_monotonic_ns();
	return visit_threads(waits->skel->links.find_threads, sizeof(struct unwind_snapshot),
			     take_found, waits);
}

/* ---- books ---- */

static int take_record(struct waits *waits, const void *record)
{
	struct thread_record copy; /* what was read need not be aligned */

	memcpy(&copy, record, sizeof(copy));
	return thread_books_add(copy.interval > waits->interval ? &waits->next : &waits->books,
				&copy);
}

/* Whoever may be named as a waker stays known, with its stacks. */
static void keep_waker(struct tables *tables, uint64_t id)
{
	const struct waker_record *waker = stack_store_waker(&tables->wakers, id);

	if (!waker)
		return;
	stack_store_keep(&tables->wakers, id);
	stack_store_keep(&tables->stacks, waker->user_stack);
	stack_store_keep(&tables->stacks, waker->kernel_stack);
}

/* A thread that was taken on to the next interval. */
static int take_interval(struct waits *waits, const void *record)
{
	struct interval_record copy;
	struct stack_store *stacks = &waits->tables->stacks;
	int err;

	memcpy(&copy, record, sizeof(copy));
	err = copy.books.end_ns ? thread_books_add(&waits->books, &copy.books) : 0;
	for (size_t i = 0; i < THREAD_STACKS; i++)
		stack_store_keep(stacks, copy.stacks[i]);
	for (size_t i = 0; i < WAKERS_MAX; i++)
		keep_waker(waits->tables, copy.wakers[i]);
	return err;
}

static int on_record(void *data, void *record, size_t size)
{
	struct waits *waits = data;
	int err = size < sizeof(struct thread_record) ? 0 : take_record(waits, record);

	if (!waits->error)
		waits->error = err;
	return 0;
}

/* ---- phases ---- */

/*
 * Tells the programs a moment that is yet to come, and returns it when it has: a program that had read
 * the old one just before has ended by then.
 */
static uint64_t agree_on(volatile __u64 *moment_ns)
{
	uint64_t ns = host_monotonic_ns() + LEAD_NS;
	struct timespec until = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};

	*moment_ns = ns;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
	return ns;
}

int waits_open(struct waits *waits, struct capture_bpf *skel, struct tables *tables,
	       const struct tracker *tracker, uint64_t held_bytes)
{
	waits->skel = skel;
	waits->tables = tables;
	waits->interval = UINT32_MAX;
	waits->remote = remote_open(tracker);
	if (!waits->remote)
		return -errno;
	if (held_bytes)
		remote_keep_within(waits->remote, held_bytes);
	waits->records =
		ring_buffer__new(bpf_map__fd(skel->maps.thread_records), on_record, waits, NULL);
	return waits->records ? 0 : -errno;
}

void waits_close(struct waits *waits)
{
	ring_buffer__free(waits->records);
	remote_close(waits->remote);
	thread_books_fini(&waits->books);
	thread_books_fini(&waits->next);
	*waits = (struct waits){0};
}

int waits_begin(struct waits *waits, uint64_t *ret_begin_ns)
{
	int err = 0;

	if (!waits->skel)
		return 0;
	err = find_threads(waits);
	if (!err)
		err = find_threads(waits); /* those that were just leaving a CPU, see edges.h */
	*ret_begin_ns = agree_on(&waits->skel->data->capture_begin_ns);
	return err;
}

int waits_update(struct waits *waits, uint64_t now_ns, bool moving)
{
	int ret;

	if (!waits->skel)
		return 0;
	ret = ring_buffer__consume(waits->records);
	if (ret >= 0)
		ret = waits->error;
	if (!ret && moving && now_ns - waits->visited_ns > VISIT_INTERVAL_NS)
		ret = find_threads(waits);
	return ret;
}

/* What the waits of one thread will be counted under; the wakers' own stacks are marked with them. */
static int mark_stacks(struct waits *waits, const void *record)
{
	struct thread_stacks stacks;

	memcpy(&stacks, record, sizeof(stacks));
	for (size_t i = 0; i < ARRAY_LEN(stacks.stacks); i++)
		stack_store_mark(&waits->tables->stacks, stacks.stacks[i]);
	for (size_t i = 0; i < ARRAY_LEN(stacks.wakers); i++)
		stack_store_mark(&waits->tables->wakers, stacks.wakers[i]);
	return 0;
}

/* A waker that may yet be asked for has its stacks. */
static void mark_of_wakers(struct tables *tables)
{
	const struct stack_store *wakers = &tables->wakers;

	for (size_t i = 0; i < wakers->count; i++) {
		const struct waker_record *waker = wakers->stored[i].what;

		stack_store_mark(&tables->stacks, waker->user_stack);
		stack_store_mark(&tables->stacks, waker->kernel_stack);
	}
}

int waits_forget(struct waits *waits)
{
	struct tables *tables = waits->tables;
	int err;

	if (!waits->skel ||
	    (!stack_store_is_due(&tables->stacks) && !stack_store_is_due(&tables->wakers)))
		return 0;
	err = stack_store_sweep(&tables->wakers);
	if (!err)
		err = stack_store_sweep(&tables->stacks);
	if (err)
		return err == -ENOMEM ? 0 : err;
	stack_store_visit(&tables->stacks);
	stack_store_visit(&tables->wakers);
	err = visit_threads(waits->skel->links.list_stacks, sizeof(struct thread_stacks),
			    mark_stacks, waits);
	mark_of_wakers(tables);
	return err;
}

/* Programs are at a thread for microseconds; those that are met again and again are taken for damaged. */
#define VISITS_MAX 8

/* Takes all threads on to the interval that has begun. Returns 0 or -errno. */
static int take_on_threads(struct waits *waits)
{
	volatile __u64 *busy = &waits->skel->bss->threads_busy;
	int err = 0;

	for (int i = 0; i < VISITS_MAX && !err && (!i || *busy); i++) {
		*busy = 0;
		err = visit_threads(waits->skel->links.turn_threads,
				    sizeof(struct interval_record), take_interval, waits);
	}
	return err;
}

int waits_turn(struct waits *waits, struct tables *tables, uint64_t *ret_turned_ns,
	       uint32_t *ret_left)
{
	struct capture_bpf *skel = waits->skel;
	int err;

	if (!skel) {
		*ret_turned_ns = host_monotonic_ns();
		return tables_turn(tables, ret_left);
	}
	waits->interval = *tables->active >> 1;
	skel->bss->dozes_interval = waits->interval + 1;
	err = tables_wait(tables); /* for programs that let threads doze */
	if (err)
		return err;
	*ret_turned_ns = host_monotonic_ns();
	skel->bss->interval_begin_ns = *ret_turned_ns;
	skel->bss->interval_turns = true;
	tables_turn_interval(tables, ret_left);
	err = take_on_threads(waits);
	skel->bss->interval_turns = false;
	if (!err)
		err = tables_wait(tables);
	return err ? err : waits_update(waits, *ret_turned_ns, false);
}

void waits_begin_books(struct waits *waits)
{
	thread_books_fini(&waits->books);
	waits->books = waits->next;
	waits->next = (struct thread_books){.numbers = waits->books.numbers};
	waits->interval = UINT32_MAX; /* all that come are of it */
}

/* Threads that were about to leave the CPU for the last time, and are in no list any more. */
static void wait_for_leaving(const struct waits *waits)
{
	const struct timespec moment = {.tv_nsec = 1000000};
	const volatile __u64 *leaving = &waits->skel->bss->threads_leaving;
	uint64_t until_ns = host_monotonic_ns() + LEAVING_MAX_NS;

	while (*leaving && host_monotonic_ns() < until_ns)
		nanosleep(&moment, NULL);
}

int waits_end(struct waits *waits, uint64_t *ret_end_ns)
{
	int err;

	if (!waits->skel)
		return 0;
	*ret_end_ns = agree_on(&waits->skel->data->capture_end_ns);
	err = tables_wait(waits->tables); /* for programs that did not see it yet */
	if (!err)
		err = visit_threads(waits->skel->links.close_threads, sizeof(struct thread_record),
				    take_record, waits);
	if (!err)
		wait_for_leaving(waits);
	return err ? err : waits_update(waits, *ret_end_ns, false);
}
