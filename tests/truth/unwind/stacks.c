// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stacks SHAPE: code that runs on a stack which the program made itself.
 *
 *	clone		a task made by clone(2) that shares memory, with a piece of it as its stack
 *	coroutines	contexts that give way to each other, below on_context
 */
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <ucontext.h>

#include "shape.h"

#define STACK_BYTES (256 * 1024)
#define CONTEXTS    3
#define ROUNDS	    20

static char memory[CONTEXTS][STACK_BYTES] __attribute__((aligned(64)));

static KEPT uint64_t leaf(uint64_t x)
{
	return work(x, LEAF_STEPS);
}

static KEPT uint64_t middle(uint64_t x)
{
	return leaf(x) + 1;
}

/* ---- a task of its own ---- */

static KEPT int cloned(void *argument)
{
	alarm(LIFE_SECONDS);
	for (uint64_t x = (uint64_t)(uintptr_t)argument;;)
		x = middle(x);
	return 0;
}

static KEPT uint64_t clone_one(uint64_t x)
{
	pid_t child =
		clone(cloned, memory[0] + STACK_BYTES, CLONE_VM | CLONE_FILES | SIGCHLD, NULL);

	if (child < 0) {
		perror("clone");
		exit(1);
	}
	waitpid(child, NULL, 0);
	return x;
}

/* ---- contexts ---- */

static ucontext_t contexts[CONTEXTS], scheduler;

static KEPT void on_context(int number)
{
	for (uint64_t x = 1;;) {
		for (int i = 0; i < ROUNDS; i++)
			x = middle(x) + 1;
		swapcontext(&contexts[number], &scheduler);
	}
}

static void make_contexts(void)
{
	for (int i = 0; i < CONTEXTS; i++) {
		getcontext(&contexts[i]);
		contexts[i].uc_stack.ss_sp = memory[i];
		contexts[i].uc_stack.ss_size = STACK_BYTES;
		makecontext(&contexts[i], (void (*)(void))on_context, 1, i);
	}
}

static KEPT uint64_t coroutines(uint64_t x)
{
	if (!contexts[0].uc_stack.ss_sp)
		make_contexts();
	for (int i = 0; i < CONTEXTS; i++)
		swapcontext(&scheduler, &contexts[i]);
	return x + 1;
}

static const struct shape shapes[] = {{"clone", clone_one}, {"coroutines", coroutines}};

int main(int argc, char **argv)
{
	shape_function *run = SHAPE_CHOSEN(shapes, argc, argv);

	for (uint64_t x = 1;;)
		x = run(x);
}
