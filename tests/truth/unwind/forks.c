// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * forks: starts a child every few milliseconds that burns a few in child_a, child_b,
 * leaf, and is gone.
 */
#include <sys/wait.h>

#include "shape.h"

#define CHILD_ROUNDS 20

static KEPT uint64_t leaf(uint64_t x)
{
	return work(x, LEAF_STEPS);
}

static KEPT uint64_t child_b(uint64_t x)
{
	for (int i = 0; i < CHILD_ROUNDS; i++)
		x = leaf(x) + 1;
	return x;
}

static KEPT uint64_t child_a(uint64_t x)
{
	return child_b(x) + 1;
}

static KEPT uint64_t spawn(uint64_t x)
{
	pid_t child = fork();

	if (child < 0) {
		perror("fork");
		exit(1);
	}
	if (!child)
		_exit((int)child_a(x) & 1);
	waitpid(child, NULL, 0);
	return x + 1;
}

int main(void)
{
	alarm(LIFE_SECONDS);
	for (uint64_t x = 1;;)
		x = spawn(x);
}
