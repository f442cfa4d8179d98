// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * generated: machine code in anonymous memory, with a frame pointer and no call-frame
 * information, that calls compiled code, which has the one and not the other: main,
 * enter, the generated code, callback, leaf. A walk needs both ways, in turns.
 */
#include <sys/mman.h>

#include "shape.h"

#define CODE_BYTES 4096

/* uint64_t generated(uint64_t x, shape_function *callback) */
#if defined(__x86_64__)
static const unsigned char code[] = {
	0x55,			/* push %rbp */
	0x48, 0x89, 0xe5,	/* mov %rsp,%rbp */
	0xff, 0xd6,		/* call *%rsi */
	0x48, 0x83, 0xc0, 0x01, /* add $1,%rax */
	0x5d,			/* pop %rbp */
	0xc3,			/* ret */
};
#elif defined(__aarch64__)
static const unsigned int code[] = {
	0xa9bf7bfd, /* stp x29, x30, [sp, #-16]! */
	0x910003fd, /* mov x29, sp */
	0xd63f0020, /* blr x1 */
	0x91000400, /* add x0, x0, #1 */
	0xa8c17bfd, /* ldp x29, x30, [sp], #16 */
	0xd65f03c0, /* ret */
};
#else
#error "generated.c has no code for this machine"
#endif

static uint64_t (*generated)(uint64_t x, shape_function *callback);

static void make_code(void)
{
	void *page =
		mmap(NULL, CODE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		exit(1);
	memcpy(page, code, sizeof(code));
	if (mprotect(page, CODE_BYTES, PROT_READ | PROT_EXEC))
		exit(1);
	__builtin___clear_cache((char *)page, (char *)page + CODE_BYTES);
	memcpy(&generated, &page, sizeof(generated));
}

static KEPT uint64_t leaf(uint64_t x)
{
	return work(x, LEAF_STEPS);
}

/* Uses every register that it has to give back, the frame pointer among them. */
static KEPT uint64_t callback(uint64_t x)
{
	uint64_t y = x * 3, z = x ^ 5, v = x + 7, w = x / 9, u = x - 11, t = x | 13, s = x >> 2;

	x = leaf(x);
	return x + y * z * v * w * u * t * s;
}

static KEPT uint64_t enter(uint64_t x)
{
	uint64_t y = x * 3, z = x ^ 5, v = x + 7, w = x / 9, u = x - 11, t = x | 13, s = x >> 2;

	x = generated(x, callback);
	return x + y * z * v * w * u * t * s;
}

int main(void)
{
	alarm(LIFE_SECONDS);
	make_code();
	for (uint64_t x = 1;;)
		x = enter(x);
}
