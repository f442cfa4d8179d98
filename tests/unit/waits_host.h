/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The programs that follow threads, on the host: stands for libbpf's headers, the
 * helpers and the maps, and includes the programs' own headers unchanged, the
 * kernel's types among them. What the kernel would give to a program is in
 * `host`; tests fill it, and look at what the programs put into its tables.
 *
 * Include it before anything of the C library: vmlinux.h says what bool is.
 */
#ifndef BOLOMETER_TESTS_WAITS_HOST_H
#define BOLOMETER_TESTS_WAITS_HOST_H

#if !defined(__TARGET_ARCH_x86) && !defined(__TARGET_ARCH_arm64)
#if defined(__x86_64__)
#define __TARGET_ARCH_x86
#else
#define __TARGET_ARCH_arm64
#endif
#endif

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunknown-pragmas" /* clang's own */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#include "bpf/vmlinux.h"
#pragma GCC diagnostic pop

#include "tests/unit/unit.h"

#include "bpf/shared.h"

/* ---- the language ---- */

#include "tests/unit/bpf_language.h"

#define BPF_PROG(name, ...)                         \
	name(unsigned long long *ctx, __VA_ARGS__); \
	int name(unsigned long long *ctx, __VA_ARGS__)

#define HOST_READ1(from, a)		     ((from)->a)
#define HOST_READ2(from, a, b)		     ((from)->a->b)
#define HOST_READ3(from, a, b, c)	     ((from)->a->b->c)
#define HOST_READ4(from, a, b, c, d)	     ((from)->a->b->c->d)
#define HOST_PICK(_1, _2, _3, _4, name, ...) name
#define BPF_CORE_READ(from, ...) \
	HOST_PICK(__VA_ARGS__, HOST_READ4, HOST_READ3, HOST_READ2, HOST_READ1, )(from, __VA_ARGS__)
#define BPF_CORE_READ_BITFIELD(from, field) ((from)->field)
#define bpf_core_field_exists(field)	    host_field_exists(#field)

/* ---- what the programs see ---- */

#define HOST_CPUS_MAX	 4
#define HOST_COUNTS_MAX	 4096
#define HOST_IDS_MAX	 8192
#define HOST_RECORDS_MAX 1024

/* A thread: the kernel's, and what the programs keep with it. */
struct host_task {
	struct task_struct task; /* first: programs get its address */
	struct pt_regs regs;
	void *storage; /* struct thread, or NULL; owned */
};

struct host_count {
	__u32 table;
	struct count_key key;
	struct count_value value;
};

struct host_waker {
	__u64 id;
	struct waker_record record;
};

static struct {
	__u64 now_ns;
	__u32 cpu;
	struct host_task *current;
	uint64_t random;       /* state of unit.h's numbers */
	__u64 get_stack_ns;    /* how long it takes to walk that of a task that is off the CPU */
	__u64 walks;	       /* how many were */
	__u64 kernel_stack[8]; /* what a walk of the current one gives, leaf first */
	__u32 kernel_frames;
	bool without_notes;   /* a kernel whose scheduler takes none; see delay.h */
	bool with_clock;      /* one where the run queue's can be read; see doze.h */
	__u64 clock_reads;    /* of the clock that cannot be read for nothing */
	bool without_delayed; /* one where no task that blocks stays in its run queue; see edges.h */

	struct host_count counts[HOST_COUNTS_MAX];
	__u32 nr_counts;
	__u64 stacks[HOST_IDS_MAX]; /* ids of those in the tables */
	__u32 nr_stacks;
	struct host_waker wakers[HOST_IDS_MAX];
	__u32 nr_wakers;
	struct thread_record records[HOST_RECORDS_MAX]; /* of the ring buffer and of iterators */
	__u32 nr_records;
	__u32 nr_snapshots; /* of iterators */

	/* One in so many fails; 0: none does. */
	__u32 full_one_in, seq_full_one_in;
	bool seq_failed; /* the last bpf_seq_write() that did not succeed set it */

	/* NULL, or called where other CPUs may do something while a program runs. */
	void (*meanwhile)(void);
	void *copy; /* of a thread, which may change as soon as it is made */
	bool rests; /* not while a stack is walked */
	bool (*is_target)(__u32 tgid);
} host;

static inline bool host_field_exists(const char *field)
{
	if (strstr(field, "cfs_rq"))
		return host.with_clock;
	if (strstr(field, "sched_info"))
		return !host.without_notes;
	return strstr(field, "sched_delayed") ? !host.without_delayed : true;
}

static void host_meanwhile(void)
{
	if (host.meanwhile)
		host.meanwhile();
}

static bool host_fails(__u32 one_in)
{
	return one_in && !random_below(&host.random, one_in);
}

/* ---- helpers ---- */

static void *bpf_map_lookup_elem(void *map, const void *key);
static long bpf_map_update_elem(void *map, const void *key, const void *value, __u64 flags);
static long bpf_map_delete_elem(void *map, const void *key);
static void *bpf_task_storage_get(void *map, struct task_struct *task, void *value, __u64 flags);

static inline __u64 bpf_ktime_get_ns(void)
{
	host.clock_reads++;
	return host.now_ns;
}

static inline __u32 bpf_get_smp_processor_id(void)
{
	return host.cpu;
}

static inline __u32 bpf_get_prandom_u32(void)
{
	return (__u32)(random_u64(&host.random) >> 32);
}

static inline struct task_struct *bpf_get_current_task_btf(void)
{
	return &host.current->task;
}

static inline struct pt_regs *bpf_task_pt_regs(struct task_struct *task)
{
	return &((struct host_task *)task)->regs;
}

/* The system call that it is in; as the programs read it (bpf/arch.h). */
static inline void host_set_syscall(struct host_task *task, int number)
{
#if defined(__TARGET_ARCH_x86)
	task->regs.orig_ax = (unsigned long)number;
#else
	/* The kernel has it behind the registers; here it is in the place of one. */
	((struct pt_regs___entry *)&task->regs)->syscallno = number;
#endif
}

static inline long bpf_probe_read_kernel(void *to, __u32 len, const void *from)
{
#if defined(__TARGET_ARCH_x86)
	static const __u8 call[] = {0xe8, 0x10, 0, 0, 0};
#else
	static const __u8 call[] = {0x04, 0, 0, 0x94}; /* bl */
#endif

	/* The kernel's code consists of calls. */
	if ((__u64)from >> 47 == 0x1ffff)
		memcpy(to, call, len < sizeof(call) ? len : sizeof(call));
	else
		memcpy(to, from, len);
	if (to == host.copy)
		host_meanwhile();
	return 0;
}

static inline long bpf_probe_read_user(void *to, __u32 len, const void *from)
{
	memset(to, 0, len);
	return -14;
}

static inline long bpf_current_task_under_cgroup(void *map, __u32 index)
{
	return 0;
}

static inline long bpf_get_stack(void *ctx, void *to, __u32 size, __u64 flags)
{
	__u32 bytes = host.kernel_frames * sizeof(__u64);

	if (flags & BPF_F_USER_STACK)
		return -14;
	memcpy(to, host.kernel_stack, bytes);
	return bytes;
}

static inline long bpf_get_task_stack(struct task_struct *task, void *to, __u32 size, __u64 flags)
{
	__u64 *frames = to;

	host.now_ns += host.get_stack_ns;
	host.walks++;
	if (!host.rests)
		host_meanwhile();
	frames[0] = 0xffffffff80000000ULL + (__u32)task->pid;
	return sizeof(*frames);
}

static inline long bpf_ringbuf_output(void *map, const void *data, __u64 size, __u64 flags);

static inline long bpf_seq_write(struct seq_file *seq, const void *data, __u32 size)
{
	host_meanwhile();
	if (host_fails(host.seq_full_one_in)) {
		host.seq_failed = true;
		return -75; /* EOVERFLOW */
	}
	if (size == sizeof(struct interval_record)) {
		data = &((const struct interval_record *)data)->books;
		size = sizeof(struct thread_record);
		if (!((const struct thread_record *)data)->end_ns)
			return 0;
	}
	if (size != sizeof(struct thread_record)) {
		host.nr_snapshots++;
		return 0;
	}
	assert_true(host.nr_records < HOST_RECORDS_MAX);
	memcpy(&host.records[host.nr_records++], data, size);
	return 0;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
/* Settings are constant to the verifier only: here tests turn them. */
#define const
#include "bpf/arch.h"
#include "bpf/counters.h"
#include "bpf/unwind_table.h"
#include "bpf/unwind.h"
#include "bpf/snapshot.h"
#include "bpf/stack_walk.h"
#include "bpf/scratch.h"
#include "bpf/stack_table.h"
#include "bpf/target.h"
#include "bpf/rows.h"
#include "bpf/thread.h"
#include "bpf/delay.h"
#include "bpf/rivals.h"
#include "bpf/limit.h"
#include "bpf/waits_for.h"
#include "bpf/kernel_stack.h"
#include "bpf/wait.h"
#include "bpf/doze.h"
#include "bpf/wakers.h"
#include "bpf/switch.h"
#include "bpf/edges.h"
#include "bpf/intervals.h"
#undef const
#pragma GCC diagnostic pop

/* ---- maps ---- */

static struct event_fates host_fates[HOST_CPUS_MAX];
static struct limit host_limits[HOST_CPUS_MAX];
static struct scratch host_scratch[HOST_CPUS_MAX * SCRATCH_SLOTS + 1];
static struct kernel_memory host_memories[HOST_CPUS_MAX];
static struct cpu_runs host_runs[HOST_CPUS_MAX];
static struct doze host_dozes[DOZE_SLOTS];

static struct turning host_turning;

static struct count_value *host_count_of(__u32 table, const void *key)
{
	for (__u32 i = 0; i < host.nr_counts; i++) {
		if (host.counts[i].table == table && !memcmp(&host.counts[i].key, key, sizeof(struct count_key)))
			return &host.counts[i].value;
	}
	return NULL;
}

static inline const struct waker_record *host_waker_of(__u64 id)
{
	for (__u32 i = 0; i < host.nr_wakers; i++) {
		if (host.wakers[i].id == id)
			return &host.wakers[i].record;
	}
	return NULL;
}

/* NULL, or the id's own place. */
static __u64 *host_stack_of(__u64 id)
{
	for (__u32 i = 0; i < host.nr_stacks; i++) {
		if (host.stacks[i] == id)
			return &host.stacks[i];
	}
	return NULL;
}

static void *bpf_map_lookup_elem(void *map, const void *key)
{
	static __u32 active = TARGET_ACTIVE;
	__u32 number = *(const __u32 *)key;

	if (map == &fates)
		return &host_fates[host.cpu];
	if (map == &limits)
		return &host_limits[host.cpu];
	if (map == &scratch_space)
		return number < ARRAY_LEN(host_scratch) ? &host_scratch[number] : NULL;
	if (map == &kernel_memories)
		return &host_memories[number];
	if (map == &runs_by_cpu)
		return &host_runs[host.cpu];
	if (map == &turning)
		return &host_turning;
	if (map == &dozes)
		return &host_dozes[number];
	if (map == &counts_0 || map == &counts_1)
		return host_count_of(map == &counts_1, key);
	if (map == &stacks_0 || map == &stacks_1)
		return host_stack_of(((const struct stack_key *)key)->id);
	if (map == &wakers_0 || map == &wakers_1)
		return (void *)host_waker_of(*(const __u64 *)key);
	if (map == &target_groups)
		return host.is_target(number) ? &active : NULL;
	return NULL;
}

static long bpf_map_update_elem(void *map, const void *key, const void *value, __u64 flags)
{
	if (host_fails(host.full_one_in))
		return -7; /* E2BIG */
	if (map == &counts_0 || map == &counts_1) {
		assert_true(host.nr_counts < HOST_COUNTS_MAX);
		host.counts[host.nr_counts].table = map == &counts_1;
		memcpy(&host.counts[host.nr_counts].key, key, sizeof(struct count_key));
		memcpy(&host.counts[host.nr_counts++].value, value, sizeof(struct count_value));
	} else if (map == &stacks_0 || map == &stacks_1) {
		assert_true(host.nr_stacks < HOST_IDS_MAX);
		host.stacks[host.nr_stacks++] = ((const struct stack_key *)key)->id;
	} else if (map == &wakers_0 || map == &wakers_1) {
		assert_true(host.nr_wakers < HOST_IDS_MAX);
		host.wakers[host.nr_wakers].id = *(const __u64 *)key;
		memcpy(&host.wakers[host.nr_wakers++].record, value, sizeof(struct waker_record));
	}
	return 0;
}

static inline long bpf_map_delete_elem(void *map, const void *key)
{
	return 0;
}

static inline long bpf_ringbuf_output(void *map, const void *data, __u64 size, __u64 flags)
{
	if (map != &thread_records)
		return 0;
	assert_true(host.nr_records < HOST_RECORDS_MAX);
	memcpy(&host.records[host.nr_records++], data, size);
	return 0;
}

static void *bpf_task_storage_get(void *map, struct task_struct *task, void *value, __u64 flags)
{
	struct host_task *of = (struct host_task *)task;
	void *storage = of->storage;

	if (!storage && flags & BPF_LOCAL_STORAGE_GET_F_CREATE) {
		storage = calloc(1, sizeof(struct thread));
		assert_non_null(storage);
		if (value)
			memcpy(storage, value, sizeof(struct thread));
		of->storage = storage;
		task->bpf_storage = storage;
		host_meanwhile();
	}
	return storage;
}

/* ---- between tests ---- */

static inline bool host_all_are_targets(__u32 tgid)
{
	return true;
}

/* Everything as it is before a capture, and no option turned on. */
static inline void host_reset(__u64 seed)
{
	memset(&host, 0, sizeof(host));
	memset(host_fates, 0, sizeof(host_fates));
	memset(host_limits, 0, sizeof(host_limits));
	memset(host_memories, 0, sizeof(host_memories));
	memset(host_runs, 0, sizeof(host_runs));
	memset(host_dozes, 0, sizeof(host_dozes));
	host.random = seed;
	host.is_target = host_all_are_targets;
	host.kernel_frames = 1;
	capture_begin_ns = capture_end_ns = NEVER_NS;
	want_blocked = want_queued = want_stacks = want_user = want_kernel = true;
	want_wakers = want_rivals = complete_only = some_cpus = false;
	key_cpu = key_cgroup = false;
	wanted_states = ~0U;
	min_wait_ns = 0;
	max_wait_ns = NEVER_NS;
	memset((void *)wanted_cpus, 0, sizeof(wanted_cpus));
	waker_chain = 1;
	memset((void *)irq_entry_from, 0, sizeof(irq_entry_from));
	memset((void *)irq_entry_to, 0, sizeof(irq_entry_to));
	limit_budget_ns = 0;
	limit_one_in = 0;
	limit_overrun = wakings_missed = false;
	waits_unwalked_ns = 0;
	any_clock_offset_ns = 0;
	watch_bystanders = false;
	switch_tells_state = true;
	scratch_slots = SCRATCH_SLOTS;
	visit_slot = HOST_CPUS_MAX * SCRATCH_SLOTS;
	target_mode = TARGET_ALL;
	tables_active = 0;
	in_intervals = interval_turns = false;
	interval_begin_ns = 0;
	dozes_interval = 0;
}

static inline __u64 host_fate(enum event_fate fate)
{
	__u64 sum = 0;

	for (__u32 i = 0; i < HOST_CPUS_MAX; i++)
		sum += host_fates[i].count[fate];
	return sum;
}

/* fired = recorded + others. */
static inline void host_check_fates(void)
{
	__u64 sum = 0;

	for (int fate = 0; fate < FATE_FIRED; fate++)
		sum += host_fate((enum event_fate)fate);
	assert_int_equal(sum, host_fate(FATE_FIRED));
}

#endif
