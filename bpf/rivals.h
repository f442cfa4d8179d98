/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ran instead of a thread that waited for a CPU. Often that was more than one
 * thread: whoever took the CPU may have had it for a moment, and left it to the one
 * that the wait is due to. So each CPU remembers its last runs, and the thread that
 * gets it at last was kept waiting by the longest of those since its wait began.
 */
#ifndef BOLOMETER_BPF_RIVALS_H
#define BOLOMETER_BPF_RIVALS_H

const volatile bool want_rivals = false;

#define RUNS_KEPT 16 /* a power of two */

struct run {
	__u64 since_ns;		    /* until the next one's */
	char comm[SHARED_COMM_LEN]; /* empty: the CPU was idle */
};

struct cpu_runs {
	__u64 begun; /* runs, of which the last ones are kept */
	struct run runs[RUNS_KEPT];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cpu_runs);
} runs_by_cpu SEC(".maps");

static struct cpu_runs *runs_here(void)
{
	__u32 only = 0;

	return bpf_map_lookup_elem(&runs_by_cpu, &only);
}

static void name_run(char comm[SHARED_COMM_LEN], struct task_struct *task)
{
	__builtin_memset(comm, 0, SHARED_COMM_LEN);
	if (!is_idle(task))
		bpf_probe_read_kernel(comm, SHARED_COMM_LEN, task->comm);
}

/* The CPU is given to a thread, whether that is watched or not. */
static __always_inline void run_begins(struct task_struct *task, __u64 now_ns)
{
	struct cpu_runs *here = runs_here();
	struct run *run;

	if (!here)
		return;
	run = &here->runs[here->begun++ % RUNS_KEPT];
	run->since_ns = now_ns;
	name_run(run->comm, task);
}

/* Which of the runs had most of the time up to now; RUNS_KEPT: none of it is known. */
__noinline int longest_run(const struct cpu_runs *here, __u64 from_ns, __u64 now_ns)
{
	__u64 end_ns = now_ns, longest_ns = 0;
	__u32 i, longest = RUNS_KEPT;

	if (!here)
		return RUNS_KEPT;
	for (i = 1; i <= RUNS_KEPT; i++) {
		__u32 at = (here->begun - i) % RUNS_KEPT;
		__u64 since_ns = here->runs[at].since_ns, begin_ns = later(since_ns, from_ns);

		if (!since_ns || end_ns <= from_ns)
			break;
		if (end_ns > begin_ns && end_ns - begin_ns > longest_ns) {
			longest_ns = end_ns - begin_ns;
			longest = at;
		}
		end_ns = since_ns;
	}
	return longest;
}

/*
 * A thread gets the CPU, not yet among its runs. Where it is not known when it was woken, and the CPU's
 * last run only is certain to have been in its way, that one it is.
 */
static __always_inline void note_rival(struct thread *thread, __u64 now_ns)
{
	struct cpu_runs *here = runs_here();
	__u64 from_ns = thread->since_ns;
	__u32 longest;

	if (!here)
		return;
	if (thread->state == THREAD_BLOCKED || thread->state == THREAD_SEEN_BLOCKED)
		from_ns = thread->woken_ns > from_ns ? thread->woken_ns : now_ns - 1;
	longest = longest_run(here, from_ns, now_ns);
	if (longest < RUNS_KEPT)
		__builtin_memcpy(thread->rival, here->runs[longest].comm, sizeof(thread->rival));
}

#endif
