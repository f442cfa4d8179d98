/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes whose stacks are known, stopped in the middle: a child runs one of
 * the shapes below and reports where each of its functions will return to; it
 * is stopped, its registers and its stack are copied, and it is killed.
 */
#ifndef BOLOMETER_TESTS_REMOTE_FIXTURE_H
#define BOLOMETER_TESTS_REMOTE_FIXTURE_H

#include "tests/unit/unit.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "profiler/unwind/remote/remote.h"

#define CALLS_MAX 16

/* What a child says of itself; shared with it. */
struct told {
	volatile uint32_t ready, never;
	volatile int tid;
	uint64_t calls[CALLS_MAX]; /* where functions return to, and behind where one was interrupted */
	uint32_t nr_calls;	   /* outermost first */
	uint64_t interrupted_sp;
	char *other_stack;
};

static struct told *told;

/* Not every test uses every shape. */
#define SHAPE __attribute__((unused))

/* Functions must not become one another's parts, and go without frame pointers where that can be. */
#ifdef __clang__
#define PLAIN SHAPE __attribute__((noinline, disable_tail_calls))
#else
#define PLAIN                                 \
	SHAPE __attribute__((noinline, noipa, \
			     optimize("omit-frame-pointer", "no-optimize-sibling-calls")))
#endif

#define TELL_CALL() \
	(told->calls[told->nr_calls++] = (uint64_t)(uintptr_t)__builtin_return_address(0))

PLAIN static void leaf(void)
{
	TELL_CALL();
	told->tid = (int)syscall(SYS_gettid);
	told->ready = 1;
	while (!told->never)
		;
}

PLAIN static uint64_t shape_third(volatile uint64_t *values)
{
	TELL_CALL();
	leaf();
	return *values;
}

PLAIN static uint64_t shape_second(uint64_t seed)
{
	volatile uint64_t values[100] = {seed};

	TELL_CALL();
	return shape_third(values) + values[7];
}

/* Nested functions. */
PLAIN static void shape_nested(void)
{
	TELL_CALL();
	told->nr_calls += shape_second(3) & 1;
}

/* The same as nested functions, on a thread. */
static void *shape_thread_main(void *unused)
{
	shape_nested();
	return unused;
}

PLAIN static void shape_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, shape_thread_main, NULL);
	pthread_join(thread, NULL);
}

/* A recursion; only the outermost call and the leaf are told. */
PLAIN static uint64_t recurse(uint32_t depth)
{
	volatile uint64_t value = depth;

	if (depth)
		value += recurse(depth - 1);
	else
		leaf();
	return value;
}

#define DEPTH 5000

PLAIN static void shape_deep(void)
{
	TELL_CALL();
	told->nr_calls += recurse(DEPTH) & 1;
}

#ifdef __x86_64__

/*
 * One is interrupted at its first instruction, the other calls what it is given with its last one.
 * What stands before and behind them is nobody's, and looked up in vain.
 */
__asm__(".pushsection .text\n"
	"	nop\n"
	"	.type first_instruction, @function\n"
	"first_instruction:\n"
	"	.cfi_startproc\n"
	"	ud2\n"
	"	ret\n"
	"	.cfi_endproc\n"
	"	.size first_instruction, . - first_instruction\n"
	"	.type last_instruction, @function\n"
	"last_instruction:\n"
	"	.cfi_startproc\n"
	"	sub $24, %rsp\n"
	"	.cfi_adjust_cfa_offset 24\n"
	"	call *%rdi\n"
	"	.cfi_endproc\n"
	"	.size last_instruction, . - last_instruction\n"
	"	nop\n"
	"	.popsection");
void last_instruction(void (*function)(void));

/* The frame between what was told is the call here. */
PLAIN static void shape_last_instruction(void)
{
	TELL_CALL();
	last_instruction(leaf);
	told->nr_calls++;
}

void first_instruction(void);

PLAIN static void on_signal(int signal, siginfo_t *info, void *context)
{
	const ucontext_t *interrupted = context;

	told->interrupted_sp = (uint64_t)interrupted->uc_mcontext.gregs[REG_RSP];
	told->calls[told->nr_calls++] = *(uint64_t *)(uintptr_t)told->interrupted_sp;
	told->calls[told->nr_calls++] = (uint64_t)interrupted->uc_mcontext.gregs[REG_RIP] + 1;
	TELL_CALL();
	told->calls[told->nr_calls - 1]++; /* the trampoline, which made no call */
	leaf();
	told->nr_calls++;
}

PLAIN static void interrupt_itself(void)
{
	TELL_CALL();
	first_instruction();
	told->nr_calls++;
}

#define OTHER_STACK_BYTES 131072

/* A signal whose handler runs on the stack that was set up before, or on the same one. */
PLAIN static void shape_signal(void)
{
	stack_t other = {.ss_sp = told->other_stack, .ss_size = OTHER_STACK_BYTES};
	struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};

	TELL_CALL();
	if (told->other_stack) {
		sigaltstack(&other, NULL);
		action.sa_flags |= SA_ONSTACK;
	}
	sigaction(SIGILL, &action, NULL);
	interrupt_itself();
	told->nr_calls++;
}

PLAIN static void shape_signal_above(void)
{
	char other[OTHER_STACK_BYTES];

	TELL_CALL();
	told->other_stack = other;
	shape_signal();
}

PLAIN static void shape_signal_below(void)
{
	TELL_CALL();
	told->other_stack = (char *)__builtin_frame_address(0) - 3L * OTHER_STACK_BYTES;
	shape_signal();
	told->nr_calls++;
}

PLAIN static void shape_signal_elsewhere(void)
{
	TELL_CALL();
	told->other_stack = mmap(NULL, OTHER_STACK_BYTES, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	shape_signal();
	told->nr_calls++;
}

/* Code that no file knows, which calls what it is given. */
SHAPE static void run_generated(const uint8_t *code, size_t size)
{
	void (*generated)(void (*)(void));
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memcpy(page, code, size);
	generated = (void (*)(void (*)(void)))page;
	/* The call in it: two bytes, the last of which is D7. */
	generated(shape_nested);
	told->nr_calls++;
}

/* With a frame pointer: push rbp; mov rbp, rsp; call rdi; pop rbp; ret. */
SHAPE static void shape_generated(void)
{
	static const uint8_t code[] = {0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3};

	run_generated(code, sizeof(code));
}

/* With something else in its place: push rbp; mov ebp, 12345; call rdi; pop rbp; ret. */
SHAPE static void shape_generated_without(void)
{
	static const uint8_t code[] = {0x55, 0xbd, 0x39, 0x30, 0, 0, 0xff, 0xd7, 0x5d, 0xc3};

	run_generated(code, sizeof(code));
}

#define STOPPED_REGS struct user_regs_struct

static void regs_in_order(const struct user_regs_struct *regs, __u64 *ret_regs)
{
	const uint64_t order[UNWIND_REGS_X86] = {
		regs->rax, regs->rdx, regs->rcx, regs->rbx, regs->rsi, regs->rdi,
		regs->rbp, regs->rsp, regs->r8,	 regs->r9,  regs->r10, regs->r11,
		regs->r12, regs->r13, regs->r14, regs->r15, regs->rip,
	};

	memcpy(ret_regs, order, sizeof(order));
}

#define STOPPED_SP 7

#else

#define STOPPED_REGS struct user_regs_struct

/* x0 to x30, sp, pc: in this order already. */
static void regs_in_order(const struct user_regs_struct *regs, __u64 *ret_regs)
{
	memcpy(ret_regs, regs, UNWIND_REGS_ARM64 * sizeof(*ret_regs));
}

#define STOPPED_SP 31

#endif

/* A stopped process's snapshot, and what is known of it. */
struct stopped {
	struct unwind_snapshot *snapshot;
	size_t bytes; /* of the snapshot */
	struct tracker tracker;
	uint64_t calls[CALLS_MAX]; /* innermost first */
	uint32_t nr_calls;
};

#define RED_ZONE      128
#define SNAPSHOT_ROOM (2u << 20)

static pid_t run_shape(void (*shape)(void))
{
	pid_t child;

	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(told != MAP_FAILED);
	child = fork();
	if (child == 0) {
		alarm(60); /* nobody is to find it spinning */
		shape();
		_exit(1);
	}
	assert_true(child > 0);
	while (!told->ready)
		usleep(200);
	return child;
}

static void stop(int tid)
{
	int status;

	assert_int_equal(ptrace(PTRACE_SEIZE, tid, NULL, NULL), 0);
	assert_int_equal(ptrace(PTRACE_INTERRUPT, tid, NULL, NULL), 0);
	assert_int_equal(waitpid(tid, &status, __WALL), tid);
	assert_true(WIFSTOPPED(status));
}

/* Copies the stack from `addr` on, as far as there is any. */
static void copy_stack(pid_t child, struct stopped *stopped, uint64_t addr)
{
	char path[32];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", child);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	got = pread(fd, stopped->snapshot + 1, SNAPSHOT_ROOM, (off_t)addr);
	assert_true(got > 0);
	close(fd);
	stopped->snapshot->stack_addr = addr;
	stopped->snapshot->stack_bytes = (uint32_t)got;
	stopped->bytes = sizeof(*stopped->snapshot) + (size_t)got;
}

static void copy_regs(int tid, struct unwind_snapshot *snapshot)
{
	STOPPED_REGS regs;
	struct iovec part = {&regs, sizeof(regs)};

	assert_int_equal(ptrace(PTRACE_GETREGSET, tid, (void *)NT_PRSTATUS, &part), 0);
	regs_in_order(&regs, snapshot->regs);
}

/* Runs a shape up to its leaf; the process is gone when this returns. */
static void stopped_init(struct stopped *stopped, void (*shape)(void))
{
	pid_t child = run_shape(shape);
	uint64_t from;

	*stopped = (struct stopped){0};
	stopped->snapshot = calloc(1, sizeof(*stopped->snapshot) + SNAPSHOT_ROOM);
	assert_non_null(stopped->snapshot);
	stop(told->tid);
	copy_regs(told->tid, stopped->snapshot);
	from = stopped->snapshot->regs[STOPPED_SP];
	if (told->interrupted_sp && told->interrupted_sp < from &&
	    from - told->interrupted_sp < SNAPSHOT_ROOM)
		from = told->interrupted_sp;
	copy_stack(child, stopped, from - RED_ZONE);
	stopped->snapshot->key.tgid = (uint32_t)child;
	stopped->snapshot->time_ns = 1000;
	tracker_init(&stopped->tracker, false);
	assert_int_equal(tracker_add_process(&stopped->tracker, (uint32_t)child), 0);
	stopped->nr_calls = told->nr_calls;
	for (uint32_t i = 0; i < told->nr_calls; i++)
		stopped->calls[i] = told->calls[told->nr_calls - 1 - i];
	kill(child, SIGKILL);
	while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR)
		; /* its threads, too, are ours */
	munmap(told, sizeof(*told));
}

static void stopped_fini(struct stopped *stopped)
{
	free(stopped->snapshot);
	tracker_fini(&stopped->tracker);
}

#endif
