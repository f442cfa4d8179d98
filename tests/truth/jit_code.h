/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the programs that make code at run time share: the code, where it is put, and its caller. */
#ifndef TESTS_TRUTH_JIT_CODE_H
#define TESTS_TRUTH_JIT_CODE_H

#include <string.h>
#include <sys/mman.h>

#include "truth.h"

#define CODE_BYTES  4096
#define COLD_OFFSET 256 /* of the second function in the page */
#define LOOP_STEPS  500000
#define SLICE_NS    (5 * NS_PER_MS)

/* void loop(unsigned long steps): a frame-pointer prologue, and a count down to zero. */
#if defined(__x86_64__)
static const unsigned char code[] = {
	0x55,		  /* push %rbp */
	0x48, 0x89, 0xe5, /* mov %rsp,%rbp */
	0x48, 0xff, 0xcf, /* dec %rdi */
	0x75, 0xfb,	  /* jnz to the dec */
	0x5d,		  /* pop %rbp */
	0xc3,		  /* ret */
};
#elif defined(__aarch64__)
static const unsigned int code[] = {
	0xa9bf7bfd, /* stp x29, x30, [sp, #-16]! */
	0x910003fd, /* mov x29, sp */
	0xf1000400, /* subs x0, x0, #1 */
	0x54ffffe1, /* b.ne to the subs */
	0xa8c17bfd, /* ldp x29, x30, [sp], #16 */
	0xd65f03c0, /* ret */
};
#else
#error "there is no code for this machine"
#endif

/* Two copies of the code in a page of their own: written first, executable then. NULL: no memory. */
static inline unsigned char *make_code(void)
{
	unsigned char *page =
		mmap(NULL, CODE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return NULL;
	memcpy(page, code, sizeof(code));
	memcpy(page + COLD_OFFSET, code, sizeof(code));
	if (mprotect(page, CODE_BYTES, PROT_READ | PROT_EXEC))
		return NULL;
	__builtin___clear_cache((char *)page, (char *)page + CODE_BYTES);
	return page;
}

static uint64_t jit_caller(const unsigned char *address)
{
	uint64_t start_ns = cpu_ns(), burnt_ns;
	void (*function)(unsigned long steps);

	memcpy(&function, &address, sizeof(function));
	do {
		function(LOOP_STEPS);
		burnt_ns = cpu_ns() - start_ns;
	} while (burnt_ns < SLICE_NS);
	return burnt_ns;
}

#endif
