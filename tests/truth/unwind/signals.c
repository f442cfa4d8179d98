// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * signals SHAPE: time spent in signal handlers. The stack leads from handler_leaf over
 * handler and the kernel's signal frame to whatever was interrupted.
 *
 *	timer		on the interrupted stack, at any instruction of interrupted or its leaf
 *	alternate	on a stack of its own, which lies below
 *	above		on a stack of its own, which lies above the thread's
 *	nested		a signal in the handler of another, both on one alternate stack
 *	first		at the first instruction of a function: what stands before is another one
 */
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>

#include "shape.h"

#define PERIOD_NS     2000000
#define HANDLER_STEPS 500000
#define STACK_BYTES   (256 * 1024)
#define TRAP_BYTES    2 /* ud2; or what stands for it */

static uint64_t sink;

static KEPT uint64_t handler_leaf(uint64_t x)
{
	return work(x, HANDLER_STEPS);
}

static KEPT void handler(int signal)
{
	sink += handler_leaf((uint64_t)signal);
}

static KEPT void nesting(int signal)
{
	raise(SIGUSR1);
	sink += handler_leaf((uint64_t)signal);
}

static void handle(int signal, void (*function)(int signal), int flags)
{
	struct sigaction action = {.sa_flags = SA_RESTART | flags};

	action.sa_handler = function;
	if (sigaction(signal, &action, NULL)) {
		perror("sigaction");
		exit(1);
	}
}

static void start_timer(void)
{
	struct itimerspec every = {{0, PERIOD_NS}, {0, PERIOD_NS}};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2};
	timer_t timer;

	if (timer_create(CLOCK_MONOTONIC, &event, &timer) ||
	    timer_settime(timer, 0, &every, NULL)) {
		perror("timer");
		exit(1);
	}
}

static void use_stack(void *memory)
{
	stack_t stack = {.ss_sp = memory, .ss_size = STACK_BYTES};

	if (memory == MAP_FAILED || sigaltstack(&stack, NULL)) {
		perror("sigaltstack");
		exit(1);
	}
}

static void *new_stack(void)
{
	return mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static KEPT uint64_t interrupted_leaf(uint64_t x)
{
	return work(x, 10);
}

/* Short calls: the signal comes in prologues and epilogues, too. */
static KEPT uint64_t interrupted(uint64_t x)
{
	for (int i = 0; i < 1000000; i++)
		x = interrupted_leaf(x) + 1;
	return x;
}

static KEPT uint64_t timer(uint64_t x)
{
	handle(SIGUSR2, handler, 0);
	start_timer();
	return interrupted(x) + 1;
}

static KEPT uint64_t alternate(uint64_t x)
{
	static char stack[STACK_BYTES]; /* data lies below every stack */

	use_stack(stack);
	handle(SIGUSR2, handler, SA_ONSTACK);
	start_timer();
	return interrupted(x) + 1;
}

static KEPT uint64_t nested(uint64_t x)
{
	static char stack[STACK_BYTES];

	use_stack(stack);
	handle(SIGUSR2, nesting, SA_ONSTACK);
	handle(SIGUSR1, handler, SA_ONSTACK);
	start_timer();
	return interrupted(x) + 1;
}

/* The timer's signal goes to whichever thread takes it: to this one. */
static void *above_thread(void *stack)
{
	sigset_t set;

	use_stack(stack);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	for (;;)
		sink = interrupted(sink);
	return NULL;
}

static KEPT uint64_t above(uint64_t x)
{
	void *stack = new_stack(); /* mapped before the thread's own, so above it */
	pthread_t thread;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	handle(SIGUSR2, handler, SA_ONSTACK);
	if (pthread_create(&thread, NULL, above_thread, stack))
		exit(1);
	start_timer();
	pthread_join(thread, NULL);
	return x;
}

#if defined(__x86_64__)
uint64_t trapping(uint64_t x);

/*
 * Before the function that traps stands one with another frame: whoever looks the trap's address
 * up as a return address, one byte before, takes that one's.
 */
__asm__(".text\n"
	".type before_trapping, @function\n"
	"before_trapping:\n"
	"	.cfi_startproc\n"
	"	.cfi_def_cfa_offset 4096\n"
	"	nop\n"
	"	ud2\n"
	"	.cfi_endproc\n"
	".size before_trapping, . - before_trapping\n"
	".globl trapping\n"
	".type trapping, @function\n"
	"trapping:\n"
	"	.cfi_startproc\n"
	"	ud2\n"
	"	mov %rdi, %rax\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size trapping, . - trapping\n");

static KEPT void trap_handler(int signal, siginfo_t *info, void *context)
{
	ucontext_t *at = context;

	(void)info;
	sink += handler_leaf((uint64_t)signal);
	at->uc_mcontext.gregs[REG_RIP] += TRAP_BYTES;
}

static KEPT uint64_t first(uint64_t x)
{
	struct sigaction action = {.sa_flags = SA_SIGINFO};

	action.sa_sigaction = trap_handler;
	sigaction(SIGILL, &action, NULL);
	return trapping(x) + 1;
}
#endif

static const struct shape shapes[] = {
	{"timer", timer}, {"alternate", alternate}, {"above", above}, {"nested", nested},
#if defined(__x86_64__)
	{"first", first},
#endif
};

int main(int argc, char **argv)
{
	shape_function *run = SHAPE_CHOSEN(shapes, argc, argv);

	for (uint64_t x = 1;;)
		x = run(x);
}
