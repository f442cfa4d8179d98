// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * calls SHAPE: code that is short and called very often, so that samples fall on every
 * instruction of it.
 *
 *	clock	clock_gettime(), in the vdso
 *	kernel	system calls: read, write, getppid
 *	jumps	setjmp, and longjmp from some calls below
 */
#include <fcntl.h>
#include <setjmp.h>
#include <time.h>

#include "shape.h"

#define CALLS 100000
#define DEPTH 10

static KEPT uint64_t read_clock(uint64_t x)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return x + (uint64_t)now.tv_nsec;
}

static KEPT uint64_t clock_shape(uint64_t x)
{
	for (int i = 0; i < CALLS; i++)
		x = read_clock(x) + 1;
	return x;
}

static KEPT uint64_t enter_kernel(uint64_t x, int zero, int null)
{
	char bytes[256];
	ssize_t len = read(zero, bytes, sizeof(bytes));

	if (len > 0)
		len = write(null, bytes, (size_t)len);
	return x + (uint64_t)len + (uint64_t)getppid();
}

static KEPT uint64_t kernel(uint64_t x)
{
	int zero = open("/dev/zero", O_RDONLY), null = open("/dev/null", O_WRONLY);

	for (int i = 0; i < CALLS; i++)
		x = enter_kernel(x, zero, null) + 1;
	close(zero);
	close(null);
	return x;
}

static jmp_buf back;

static KEPT uint64_t descend(uint64_t x, unsigned depth)
{
	if (!depth && x)
		longjmp(back, 1);
	return depth ? descend(x, depth - 1) + 1 : x;
}

static KEPT uint64_t jump_once(uint64_t x)
{
	if (!setjmp(back))
		return descend(x, DEPTH) + 1;
	return x + 1;
}

static KEPT uint64_t jumps(uint64_t x)
{
	for (int i = 0; i < CALLS; i++)
		x = jump_once(x) + 1;
	return x;
}

static const struct shape shapes[] = {
	{"clock", clock_shape},
	{"kernel", kernel},
	{"jumps", jumps},
};

int main(int argc, char **argv)
{
	shape_function *run = SHAPE_CHOSEN(shapes, argc, argv);

	for (uint64_t x = 1;;)
		x = run(x);
}
