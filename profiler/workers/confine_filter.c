// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A list of system calls, some with a condition on an argument, as a program for the kernel's filter;
 * see confine_filter.h.
 *
 * Written out, not made by a library: it is a list and two conditions, costs nothing to make for each
 * process, and is the same on every machine that this is built for.
 */
#include "profiler/workers/confine_filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "profiler/model/alloc.h"

#if defined(__aarch64__)
#define OWN_ARCH AUDIT_ARCH_AARCH64
#else
#define OWN_ARCH AUDIT_ARCH_X86_64
#endif

/* What no argument makes harmful here. Without open() a path can only be asked about, not read. */
static const uint16_t harmless[] = {
	/* files that are open */
	SYS_read,
	SYS_pread64,
	SYS_readv,
	SYS_preadv,
	SYS_lseek,
	SYS_close,
	SYS_fstat,
	SYS_newfstatat,
	SYS_readlinkat,
#ifdef SYS_readlink
	SYS_readlink,
#endif
	/* memory; no code: see below */
	SYS_munmap,
	SYS_brk,
	SYS_mremap,
	SYS_madvise,
	/* the process itself */
	SYS_exit,
	SYS_exit_group,
	SYS_futex,
	SYS_sched_yield,
	SYS_rt_sigaction,
	SYS_rt_sigprocmask,
	SYS_rt_sigreturn,
	SYS_sigaltstack,
	SYS_restart_syscall,
	SYS_getpid,
	SYS_gettid,
	SYS_getrandom,
	/* the machine */
	SYS_clock_gettime,
	SYS_gettimeofday,
	SYS_uname,
	SYS_sysinfo,
};

/* With a condition. */
enum condition {
	ON_CHANNEL, /* the first argument is the channel */
	ON_ERRORS,  /* it is standard error */
	NO_CODE,    /* the third argument, a protection, has no PROT_EXEC */
};

static const struct {
	uint16_t call;
	uint8_t condition;
} conditional[] = {
	{SYS_sendmsg, ON_CHANNEL},
	{SYS_recvmsg, ON_CHANNEL},
	{SYS_sendto, ON_CHANNEL},
	{SYS_recvfrom, ON_CHANNEL},
	{SYS_mmap, NO_CODE},
	{SYS_mprotect, NO_CODE},
#ifdef __SANITIZE_ADDRESS__
	/* What the sanitizers say before they end the process goes to standard error, which it keeps. */
	{SYS_write, ON_ERRORS},
#endif
};

/* The beginning, two instructions a call, five a call with a condition, and the refusal. */
#define PROGRAM_MAX (6 + 2 * ARRAY_LEN(harmless) + 5 * ARRAY_LEN(conditional))

struct program {
	struct sock_filter code[PROGRAM_MAX];
	uint16_t len;
};

static void add(struct program *program, struct sock_filter instruction)
{
	program->code[program->len++] = instruction;
}

static void load(struct program *program, size_t offset)
{
	add(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void end(struct program *program, uint32_t what)
{
	add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, what));
}

/* Skips `count` instructions unless the number loaded is equal to the value. */
static void unless_equal(struct program *program, uint32_t value, uint8_t count)
{
	add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count));
}

/* The lower half of an argument: descriptors and protections have no more. */
static size_t argument(unsigned int number)
{
	return offsetof(struct seccomp_data, args) + number * sizeof(uint64_t);
}

static void allow_if(struct program *program, uint16_t call, enum condition condition,
		     uint32_t channel)
{
	unless_equal(program, call, 4);
	load(program, argument(condition == NO_CODE ? 2 : 0));
	if (condition == NO_CODE)
		add(program,
		    (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0));
	else
		unless_equal(program, condition == ON_CHANNEL ? channel : STDERR_FILENO, 1);
	end(program, SECCOMP_RET_ALLOW);
	end(program, SECCOMP_RET_ERRNO | EPERM);
}

/* Numbers mean other calls on another architecture, which x86-64 has two of, one by an own bit. */
static void make(struct program *program, int channel)
{
	load(program, offsetof(struct seccomp_data, arch));
	add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCH, 1, 0));
	end(program, SECCOMP_RET_KILL_PROCESS);
	load(program, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < ARRAY_LEN(harmless); i++) {
		unless_equal(program, harmless[i], 1);
		end(program, SECCOMP_RET_ALLOW);
	}
	for (size_t i = 0; i < ARRAY_LEN(conditional); i++)
		allow_if(program, conditional[i].call, (enum condition)conditional[i].condition,
			 (uint32_t)channel);
	end(program, SECCOMP_RET_ERRNO | EPERM);
}

int confine_filter_install(int channel)
{
	struct program program = {.len = 0};
	struct sock_fprog what = {.filter = program.code};

	make(&program, channel);
	what.len = program.len;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &what, 0, 0) ? -errno : 0;
}
