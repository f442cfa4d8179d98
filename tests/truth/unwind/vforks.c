// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vforks: starts children that share its stack and end at once. The C library's
 * vfork() keeps its return address in a register meanwhile.
 */
#include <sys/wait.h>

#include "shape.h"

static KEPT uint64_t spawn(uint64_t x)
{
	pid_t child = vfork();
	int status;

	if (!child)
		_exit(0);
	if (child < 0 || waitpid(child, &status, 0) < 0) {
		perror("vfork");
		exit(1);
	}
	return x + 1;
}

int main(void)
{
	alarm(LIFE_SECONDS);
	for (uint64_t x = 1;;)
		x = spawn(x);
}
