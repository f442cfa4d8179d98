/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads on CPUs, by chance, as the kernel's scheduler would have them: they set their state and
 * block, are woken too early, in time or just before they are off the CPU, are preempted, fork and
 * end. The programs under test are told of it where the kernel would tell them; the simulation
 * keeps a history of its own, which shares nothing with theirs.
 *
 * The scheduler takes its notes of each task as the kernel does (kernel/sched/stats.h), by a clock of
 * its own, after the tracepoints. Programs may be kept from running: in the context of tasks that are
 * hidden, and, now and then, when a thread is woken.
 */
#ifndef BOLOMETER_TESTS_WAITS_SIM_H
#define BOLOMETER_TESTS_WAITS_SIM_H

#include "tests/unit/waits_host.h"

#define SIM_CPUS	3
#define SIM_TASKS_MAX	24
#define SIM_CHANGES_MAX 512
#define SIM_NOBODY	(~0U)
#define SIM_IRQ_ENTRY	0xffffffff81000100ULL

enum doing { NOT_YET, RUNS, BLOCKS, QUEUES, GONE };

struct change {
	uint64_t at_ns;
	enum doing doing;
};

/* Time off the CPU, from one switch to the next. */
struct sim_wait {
	uint64_t start_ns, end_ns; /* NEVER_NS: not over */
	bool known;		   /* it was traced how it began, or the thread was found in it */
	bool found;
	bool blocks; /* as far as the one who saw it begin, or found it, could tell */
	bool is_new;
	uint32_t state, cpu;
	uint64_t woken_ns; /* by the last waking since it began; 0: none was traced */
	uint64_t noted_ns; /* when it was put into a run queue, by the scheduler's notes */
	uint32_t waker;	   /* tid, 0 for an interrupt, SIM_NOBODY */
};

struct sim_task {
	struct host_task host; /* first */
	enum doing doing;
	bool listed;	     /* iterators find it */
	bool lingers;	     /* has left the CPU, which does not show yet */
	bool hidden;	     /* no program runs in its context */
	bool arrival_missed; /* the last one */
	bool seen_leaving;   /* a visitor took it for running */
	bool inexact;	     /* nothing tells what it did */
	struct change changes[SIM_CHANGES_MAX];
	uint32_t nr_changes;
	struct sim_wait waits[SIM_CHANGES_MAX];
	uint32_t nr_waits;
	bool traced;		  /* a switch of it was, or its start */
	uint64_t traced_ns;	  /* when first */
	bool is_visited, is_told; /* at the end; its books were written, too */
	bool is_closed;		  /* the program has looked at it then: */
	uint32_t closing_state;
	bool was_exiting;	       /* when it was found */
	uint64_t born_ns, gone_ns;     /* 0: before the simulation, not yet */
	uint64_t visit_ns, visited_ns; /* late: found between these moments */
};

static struct {
	uint64_t random;
	struct sim_task *tasks[SIM_TASKS_MAX];
	uint32_t nr_tasks;
	struct sim_task idle, tool;
	struct sim_task *cpus[SIM_CPUS];
	bool attached;
	bool late_ones; /* threads of odd groups are targets from now on */
	bool late_mode;
	bool bystanders;
	bool misses;	       /* programs do not run when they should */
	uint64_t step_ns;      /* events lie so far apart at the most */
	uint64_t clock_offset; /* of the scheduler's clock */

	/* Who is being visited, and what it did when its state was read. */
	struct sim_task *visited;
	bool is_new_storage;
	enum doing found_doing;
	uint64_t found_ns;
	uint32_t found_wait, found_state;
	bool found_on_cpu, found_exiting;
} sim;

static inline uint32_t sim_below(uint32_t limit)
{
	return random_below(&sim.random, limit);
}

static inline bool sim_chance(uint32_t one_in)
{
	return !sim_below(one_in);
}

static bool sim_is_target(__u32 tgid)
{
	if (sim.bystanders)
		return tgid % 2 == 0;
	return !sim.late_mode || sim.late_ones || tgid % 2 == 0;
}

/* One that blocks may stay in its run queue for a while. */
static void sim_set_on_rq(struct sim_task *t, enum doing doing)
{
	struct task_struct *task = &t->host.task;

	task->se.sched_delayed = doing == BLOCKS && !host.without_delayed && sim_chance(4);
	task->on_rq = doing == RUNS || doing == QUEUES || task->se.sched_delayed;
}

static struct sim_task *sim_task_new(enum doing doing)
{
	static struct mm_struct mm = {.start_code = 1};
	struct sim_task *t = calloc(1, sizeof(*t));
	struct task_struct *task = &t->host.task;

	assert_non_null(t);
	task->pid = 100 + (int)sim.nr_tasks;
	task->tgid = (int)sim_below(4) + 10;
	snprintf(task->comm, sizeof(task->comm), "task %d", task->pid);
	task->mm = &mm;
	if (sim_chance(4)) {
		task->flags = PF_KTHREAD;
		task->mm = NULL;
	}
#if defined(__TARGET_ARCH_x86)
	t->host.regs.ip = 0x401000;
#else
	t->host.regs.user_regs.pc = 0x401000;
#endif
	host_set_syscall(&t->host, 202);
	t->listed = true;
	t->doing = doing;
	sim_set_on_rq(t, doing);
	t->changes[t->nr_changes++] = (struct change){0, doing};
	assert_true(sim.nr_tasks < SIM_TASKS_MAX);
	return sim.tasks[sim.nr_tasks++] = t;
}

static inline void sim_free(void)
{
	for (uint32_t i = 0; i < sim.nr_tasks; i++) {
		free(sim.tasks[i]->host.storage);
		free(sim.tasks[i]);
	}
	sim.nr_tasks = 0;
}

static void sim_becomes(struct sim_task *t, enum doing doing)
{
	sim_set_on_rq(t, doing);
	assert_true(t->nr_changes < SIM_CHANGES_MAX);
	t->doing = doing;
	t->changes[t->nr_changes++] = (struct change){host.now_ns, doing};
}

static bool sim_is_traced(const struct sim_task *t)
{
	return sim.attached && t->host.storage && host.now_ns < capture_end_ns;
}

static void sim_traced(struct sim_task *t)
{
	if (!sim_is_traced(t) || t->traced)
		return;
	t->traced = true;
	t->traced_ns = host.now_ns;
}

static struct sim_wait *sim_wait(struct sim_task *t)
{
	return &t->waits[t->nr_waits - 1];
}

static struct sim_wait *sim_wait_begin(struct sim_task *t)
{
	assert_true(t->nr_waits < SIM_CHANGES_MAX);
	t->host.task.thread_info.cpu = host.cpu; /* it is where it was last */
	t->waits[t->nr_waits++] = (struct sim_wait){.start_ns = host.now_ns,
						    .end_ns = NEVER_NS,
						    .noted_ns = NEVER_NS,
						    .cpu = host.cpu,
						    .waker = SIM_NOBODY};
	return sim_wait(t);
}

/* Whether programs run in the context of this task. Not before they could compare the clocks. */
static bool sim_sees(const struct sim_task *context)
{
	return sim.attached && !(context->hidden && (host.without_notes || any_clock_offset_ns));
}

/* ---- the scheduler's notes ---- */

static uint64_t sim_clock(void)
{
	return host.now_ns + sim.clock_offset;
}

static void sim_note_queued(struct sim_task *t)
{
	struct sched_info *notes = &t->host.task.sched_info;

	if (!notes->last_queued)
		notes->last_queued = sim_clock();
	if (sim_wait(t)->noted_ns == NEVER_NS)
		sim_wait(t)->noted_ns = host.now_ns;
}

/* It is put into another run queue. */
static void sim_note_moved(struct sim_task *t)
{
	struct sched_info *notes = &t->host.task.sched_info;

	if (!notes->last_queued)
		return;
	notes->run_delay += sim_clock() - notes->last_queued;
	notes->last_queued = sim_clock();
}

/* One that was taken off the CPU when it was about to block is not noted to come back. */
static void sim_note_arrived(struct sim_task *t)
{
	struct sched_info *notes = &t->host.task.sched_info;

	if (!notes->last_queued)
		return;
	notes->run_delay += sim_clock() - notes->last_queued;
	notes->last_queued = 0;
	notes->last_arrival = sim_clock();
}

static void sim_stack(bool interrupt)
{
	host.kernel_frames = 2;
	host.kernel_stack[0] = 0xffffffff81000000ULL + sim_below(4);
	host.kernel_stack[1] = interrupt ? SIM_IRQ_ENTRY : 0xffffffff82000000ULL;
}

/* ---- events ---- */

static const uint32_t sim_states[] = {
	TASK_INTERRUPTIBLE,
	TASK_INTERRUPTIBLE,
	TASK_UNINTERRUPTIBLE,
	TASK_STOPPED,
	TASK_TRACED,
	TASK_PARKED,
	TASK_UNINTERRUPTIBLE | TASK_NOLOAD,
};

static bool sim_can_be_woken(const struct sim_task *t)
{
	uint32_t state = t->host.task.__state;

	if (t->host.task.exit_state || state & (TASK_WAKING | TASK_NEW | TASK_DEAD))
		return false;
	return t->doing == BLOCKS || ((t->doing == RUNS || t->doing == QUEUES) && state);
}

/* Something on this CPU wakes it, which may have been unnecessary. */
static void sim_wake(struct sim_task *t, uint32_t cpu)
{
	bool interrupt = sim_chance(4), blocked = t->doing == BLOCKS;
	struct sim_task *waker = sim.cpus[cpu];
	bool sees = sim_sees(waker) && !(sim.misses && sim_chance(4));

	if (waker == t)
		interrupt = true;
	host.cpu = cpu;
	host.current = &waker->host;
	sim_stack(interrupt);
	if (sees && sim_is_traced(t) && t->nr_waits && sim_wait(t)->end_ns == NEVER_NS) {
		sim_wait(t)->woken_ns = host.now_ns;
		if (blocked && (sim.visited != t || sim_wait(t)->known))
			sim_wait(t)->waker = interrupt ? 0 : (uint32_t)waker->host.task.pid;
	}
	if (sees)
		wake_thread(NULL, &t->host.task);
	t->host.task.__state = blocked && sim_chance(2) ? TASK_WAKING : 0;
	if (blocked) {
		sim_becomes(t, QUEUES);
		sim_note_queued(t);
	}
}

static struct sim_task *sim_next(const struct sim_task *before)
{
	struct sim_task *queued[SIM_TASKS_MAX];
	uint32_t count = 0;

	for (uint32_t i = 0; i < sim.nr_tasks; i++) {
		if (sim.tasks[i]->doing == QUEUES && sim.tasks[i] != before &&
		    !sim.tasks[i]->lingers)
			queued[count++] = sim.tasks[i];
	}
	return count && !sim_chance(8) ? queued[sim_below(count)] : &sim.idle;
}

/* The thread leaves, for what it was told as `state`. What it does from then on. */
static enum doing sim_leave(struct sim_task *t, bool preempted, uint32_t *state, uint32_t cpu,
			    bool *ret_woken)
{
	struct task_struct *task = &t->host.task;

	if (*state & TASK_DEAD)
		return GONE;
	if (preempted || !*state)
		return QUEUES;
	if (*state & TASK_INTERRUPTIBLE && sim_chance(8)) { /* a signal is pending */
		task->__state = 0;
		if (!switch_tells_state)
			*state = 0;
		return QUEUES;
	}
	if (sim_chance(8)) { /* woken before it is off the CPU, and put into the run queue then */
		uint32_t meant = task->__state;

		sim_wake(t, (cpu + 1) % SIM_CPUS);
		host.now_ns += sim_below(3);
		task->__state = sim_chance(2) ? TASK_WAKING : meant;
		if (!switch_tells_state)
			*state = task->__state;
		*ret_woken = true;
		return QUEUES;
	}
	return BLOCKS;
}

/* For the history, before the programs are told. */
static void sim_leaves(struct sim_task *t, uint32_t cpu, bool sees, bool blocks, uint32_t state)
{
	struct sim_wait *wait;

	if (host.now_ns >= capture_end_ns && t->arrival_missed)
		t->inexact = true; /* nobody looks any more at when it had arrived */
	t->arrival_missed = false;
	wait = sim_wait_begin(t);
	wait->cpu = t->host.task.thread_info.cpu = cpu;
	wait->known = sees && sim_is_traced(t);
	wait->blocks = blocks;
	wait->state = state;
	if (sees)
		sim_traced(t);
}

static void sim_arrives(struct sim_task *t, bool sees)
{
	sim_wait(t)->end_ns = host.now_ns;
	t->arrival_missed = !sees && sim_is_traced(t);
	if (t->arrival_missed && (t->seen_leaving || !t->host.task.sched_info.last_queued))
		t->inexact = true;
	if (sees)
		sim_traced(t);
	if (t->host.task.__state == TASK_WAKING)
		t->host.task.__state = 0;
	sim_becomes(t, RUNS);
	t->host.task.on_cpu = 1;
}

/* For the history, and the scheduler's own notes, when the programs have been told. */
static void sim_left(struct sim_task *t, enum doing then, bool woken)
{
	sim_becomes(t, then);
	t->lingers = true;
	if (woken)
		t->host.task.__state = sim_chance(2) ? TASK_WAKING : 0;
	if (then == QUEUES && !(t->host.task.__state & ~(uint32_t)TASK_WAKING))
		sim_note_queued(t);
	if (then != GONE)
		return;
	t->nr_waits--;
	t->gone_ns = host.now_ns;
	t->listed = false;
}

/* After the end, its books are closed. */
static void sim_closes(struct sim_task *t)
{
	if (t->is_closed)
		return;
	t->is_closed = true;
	t->closing_state = t->host.task.__state & ~(uint32_t)TASK_WAKING;
}

static void sim_switch(uint32_t cpu, bool preempted)
{
	struct sim_task *before = sim.cpus[cpu], *after = sim_next(before);
	uint32_t state = before->host.task.__state;
	enum doing then = QUEUES;
	unsigned long long ctx[4] = {0};
	bool sees = sim_sees(before), woken = false;

	if (before == after || (before != &sim.idle && before->lingers))
		return;
	if (before != &sim.idle) {
		then = sim_leave(before, preempted, &state, cpu, &woken);
		sim_leaves(before, cpu, sees, !preempted && state && before->host.task.__state,
			   state);
	}
	if (after != &sim.idle)
		sim_arrives(after, sees);
	host.cpu = cpu;
	host.current = &before->host;
	sim_stack(false);
	ctx[3] = state;
	if (sees && then == GONE && host.now_ns >= capture_end_ns)
		sim_closes(before);
	if (sees)
		switch_threads(ctx, preempted, &before->host.task, &after->host.task);
	sim.cpus[cpu] = after;
	if (before != &sim.idle)
		sim_left(before, then, woken);
	if (after != &sim.idle)
		sim_note_arrived(after);
}

static void sim_fork(struct sim_task *parent, uint32_t cpu)
{
	struct sim_task *child;

	if (sim.nr_tasks == SIM_TASKS_MAX || parent->hidden)
		return;
	child = sim_task_new(NOT_YET);
	child->host.task.tgid = parent->host.task.tgid;
	child->host.task.__state = TASK_NEW;
	host.cpu = cpu;
	host.current = &parent->host;
	if (sim.attached)
		watch_fork(NULL, &parent->host.task, &child->host.task);
}

static void sim_start(struct sim_task *t, uint32_t cpu)
{
	struct sim_wait *wait;

	if (sim.cpus[cpu]->hidden)
		return;
	t->host.task.__state = 0;
	t->born_ns = host.now_ns;
	host.cpu = cpu;
	host.current = &sim.cpus[cpu]->host;
	wait = sim_wait_begin(t);
	wait->known = sim_is_traced(t);
	wait->is_new = true;
	sim_note_queued(t);
	sim_traced(t);
	if (sim.attached)
		start_thread(NULL, &t->host.task);
	sim_becomes(t, QUEUES);
}

/* Something happens to the thread that a CPU runs. */
static void sim_run(struct sim_task *t, uint32_t cpu)
{
	struct task_struct *task = &t->host.task;

	if (task->exit_state) { /* it is on its way out, and no other way */
		if (sim_chance(2)) {
			task->__state = TASK_DEAD;
			sim_switch(cpu, false);
			if (sim.cpus[cpu] == t)
				task->__state = 0;
		}
		return;
	}
	switch (sim_below(16)) {
	case 0:
		task->exit_state = 32;
		t->listed = sim_chance(2);
		task->__state = 0;
		break;
	case 1:
		sim_fork(t, cpu);
		break;
	case 2:
		task->__state = 0; /* what it was about to wait for has happened */
		break;
	case 3 ... 6:
		task->__state = sim_states[sim_below(ARRAY_LEN(sim_states))];
		break;
	case 7 ... 8:
		sim_switch(cpu, true);
		break;
	default:
		sim_switch(cpu, false);
	}
}

static void sim_event(void)
{
	uint32_t cpu = sim_below(SIM_CPUS);
	struct sim_task *t = sim.tasks[sim_below(sim.nr_tasks)];

	host.now_ns += random_u64(&sim.random) % sim.step_ns;
	if (sim_chance(2)) {
		if (sim.cpus[cpu] == &sim.idle)
			sim_switch(cpu, false);
		else
			sim_run(sim.cpus[cpu], cpu);
	} else if (t->lingers) {
		t->lingers = false;
		t->host.task.on_cpu = 0;
	} else if (t->doing == NOT_YET) {
		sim_start(t, cpu);
	} else if (sim_can_be_woken(t)) {
		sim_wake(t, cpu);
	} else if (t->doing == QUEUES) {
		sim_note_moved(t);
	}
}

static void sim_events(uint32_t count)
{
	while (count--)
		sim_event();
}

static void sim_settle(void)
{
	for (uint32_t i = 0; i < sim.nr_tasks; i++) {
		sim.tasks[i]->lingers = false;
		if (sim.tasks[i]->doing != RUNS)
			sim.tasks[i]->host.task.on_cpu = 0;
	}
}

/* ---- visits ---- */

static void sim_note_found(void)
{
	if (sim.visited->lingers)
		sim.visited->seen_leaving = true;
	sim.found_doing = sim.visited->doing;
	sim.found_ns = host.now_ns;
	sim.found_wait = sim.visited->nr_waits - 1;
	sim.found_state = sim.visited->host.task.__state;
	sim.found_on_cpu = sim.visited->host.task.on_cpu;
	sim.found_exiting = sim.visited->host.task.exit_state;
}

/* Other CPUs go on while an iterator's program runs. */
static void sim_meanwhile(void)
{
	uint32_t cpu = host.cpu;
	struct host_task *current = host.current;

	host.meanwhile = NULL;
	if (sim_chance(4))
		sim_events(1 + sim_below(8));
	host.meanwhile = sim_meanwhile;
	if (sim.is_new_storage)
		sim_note_found();
	sim.is_new_storage = false;
	host.cpu = cpu;
	host.current = current;
}

/* The thread was found off the CPU, and as its state said; the end of that wait is counted. */
static void sim_found(struct sim_task *t)
{
	struct sim_wait *wait;

	if (!t->host.storage || t->was_exiting || sim.found_on_cpu ||
	    (sim.found_doing != BLOCKS && sim.found_doing != QUEUES))
		return;
	wait = &t->waits[sim.found_wait];
	if (wait->known)
		return;
	wait->known = wait->found = wait->end_ns == NEVER_NS;
	wait->blocks = sim.found_doing == BLOCKS;
	wait->state = sim.found_state;
	if (sim.late_ones)
		wait->start_ns = sim.found_ns;
}

/* Once; false when there was no room for what the program wrote. */
static bool sim_visit_task(struct sim_task *t, int (*program)(struct bpf_iter__task *ctx))
{
	struct bpf_iter_meta meta = {0};
	struct bpf_iter__task ctx = {.meta = &meta, .task = &t->host.task};
	bool finds = program == find_threads && !t->traced && sim_is_target(t->host.task.tgid);

	sim.visited = t;
	if (program == close_threads)
		sim_closes(t);
	sim.is_new_storage = !t->host.storage;
	sim_note_found();
	if (finds && !t->visit_ns)
		t->visit_ns = host.now_ns;
	host.cpu = sim_below(SIM_CPUS);
	host.current = &sim.tool.host;
	host.seq_failed = false;
	program(&ctx);
	if (finds && sim.found_exiting)
		t->was_exiting = true;
	if (finds)
		t->visited_ns = host.now_ns;
	if (finds && !host.seq_failed)
		sim_found(t);
	sim.visited = NULL;
	if (program == close_threads) {
		t->is_visited = true;
		t->is_told = !host.seq_failed;
	}
	return !host.seq_failed;
}

/* An iterator's program visits every thread, and once more those for which there was no room. */
static void sim_visit(int (*program)(struct bpf_iter__task *ctx))
{
	host.meanwhile = sim_meanwhile;
	host.rests = program == close_threads; /* so that it is known what state it finds */
	for (uint32_t i = 0; i < sim.nr_tasks; i++) {
		while (sim.tasks[i]->listed && !sim_visit_task(sim.tasks[i], program))
			;
	}
	host.meanwhile = NULL;
}

/* Threads that were there before anybody watched. */
static void sim_init(uint64_t seed)
{
	memset(&sim, 0, sizeof(sim));
	sim.random = seed;
	sim.idle.host.task.mm = NULL;
	sim.idle.host.task.flags = PF_KTHREAD;
	sim.tool.host.task.pid = 99;
	host_reset(seed ^ 0x1234567);
	host.is_target = sim_is_target;
	host.now_ns = 1;
	sim.step_ns = sim_chance(2) ? 100 : 5000000;
	sim.clock_offset = random_u64(&sim.random) >> sim_below(40);
	for (uint32_t i = 0; i < 6; i++) {
		struct sim_task *t = sim_task_new(QUEUES);

		sim_wait_begin(t);
		sim_note_queued(t);
	}
	for (uint32_t i = 0; i < SIM_CPUS; i++)
		sim.cpus[i] = &sim.idle;
	irq_entry_from[0] = SIM_IRQ_ENTRY;
	irq_entry_to[0] = SIM_IRQ_ENTRY + 16;
}

#endif
