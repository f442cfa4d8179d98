/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process that is stepped instruction by instruction, and the truth about its
 * stack: a shadow of the calls that it made. Every call is seen when it is
 * executed, so that nothing needs to be known of the code. x86-64 only.
 */
#ifndef BOLOMETER_TESTS_TRACEE_H
#define BOLOMETER_TESTS_TRACEE_H

#include <fcntl.h>
#include <linux/types.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#define SHADOW_MAX  1024
#define INSTRUCTION 16 /* an instruction has at most 15 bytes */

/*
 * A return address, and the word of the stack that holds it. Where a signal interrupted, and where
 * its handler returns to, one more than the address of the instruction, as the walker keeps it.
 */
struct shadow_call {
	uint64_t slot, ip;
};

struct tracee {
	pid_t pid;
	pid_t tid; /* the one that steps */
	int mem;
	struct user_regs_struct regs; /* at this step */
	uint64_t steps;
	bool was_system_call;		      /* the last step: mappings may have changed */
	struct shadow_call calls[SHADOW_MAX]; /* outermost first */
	size_t nr_calls;
};

static struct tracee tracee;

/* ---- memory ---------------------------------------------------------------------------------- */

static bool tracee_read(void *to, __u32 len, __u64 addr)
{
	return pread(tracee.mem, to, len, (off_t)addr) == (ssize_t)len;
}

static uint64_t tracee_word(uint64_t addr)
{
	uint64_t word = 0;

	assert_true(tracee_read(&word, sizeof(word), addr));
	return word;
}

/* ---- the shadow ------------------------------------------------------------------------------ */

enum instruction { INSTRUCTION_OTHER, INSTRUCTION_CALL, INSTRUCTION_SYSTEM_CALL };

/* Intel's manual, volume 2: CALL is E8 or FF /2, near; F2, 3E, 66 and REX may stand before. */
static enum instruction instruction_at(uint64_t ip)
{
	uint8_t code[INSTRUCTION] = {0};
	size_t at = 0;

	/* The page may end behind a shorter one. */
	if (pread(tracee.mem, code, sizeof(code), (off_t)ip) <= 0)
		return INSTRUCTION_OTHER;
	while (at < 5 && (code[at] == 0xf2 || code[at] == 0x3e || code[at] == 0x66 ||
			  (code[at] & 0xf0) == 0x40))
		at++;
	if (code[at] == 0xe8 || (code[at] == 0xff && (code[at + 1] >> 3 & 7) == 2))
		return INSTRUCTION_CALL;
	return code[at] == 0x0f && code[at + 1] == 0x05 ? INSTRUCTION_SYSTEM_CALL
							: INSTRUCTION_OTHER;
}

static void shadow_push(uint64_t slot, uint64_t ip)
{
	assert_true(tracee.nr_calls < SHADOW_MAX);
	tracee.calls[tracee.nr_calls++] = (struct shadow_call){slot, ip};
}

/* The kernel called a handler: its frame holds where to return to, and what it interrupted. */
static void shadow_signal(void)
{
	uint64_t ucontext = tracee.regs.rsp + 8;
	uint64_t slot = ucontext + offsetof(ucontext_t, uc_mcontext.gregs[REG_RIP]);

	shadow_push(slot, tracee_word(slot) + 1);
	shadow_push(tracee.regs.rsp, tracee_word(tracee.regs.rsp) + 1);
}

/* What lies below the stack pointer has been returned from, or jumped over. */
static void shadow_pop(void)
{
	while (tracee.nr_calls && tracee.calls[tracee.nr_calls - 1].slot < tracee.regs.rsp)
		tracee.nr_calls--;
}

/*
 * Callers that were there before it was watched, leaf first, as somebody else found them; each is
 * the next word of the stack that holds such an address.
 */
static void shadow_seed(const uint64_t *ips, size_t count)
{
	uint64_t slot = tracee.regs.rsp;

	assert_true(count <= SHADOW_MAX);
	tracee.nr_calls = count;
	for (size_t i = 0; i < count; i++) {
		while (tracee_word(slot) != ips[i])
			slot += 8;
		tracee.calls[count - 1 - i] = (struct shadow_call){slot, ips[i]};
		slot += 8;
	}
}

/* ---- stepping -------------------------------------------------------------------------------- */

/* Waits for a thread, or any for -1. Returns the signal it stopped with, or -1 when it ended. */
static int wait_for_stop(pid_t tid, pid_t *ret_tid)
{
	int status;

	tid = waitpid(tid, &status, __WALL);
	assert_true(tid > 0);
	*ret_tid = tid;
	return WIFSTOPPED(status) ? status >> 8 : -1;
}

/* Whether a SIGTRAP is a breakpoint's. */
static bool at_breakpoint(pid_t tid)
{
	siginfo_t info;

	return !ptrace(PTRACE_GETSIGINFO, tid, NULL, &info) && info.si_code == SI_KERNEL;
}

static void read_registers(void)
{
	assert_int_equal(ptrace(PTRACE_GETREGS, tracee.tid, NULL, &tracee.regs), 0);
}

/*
 * One instruction further. `signal` is what the last one brought and this one delivers. False at a
 * breakpoint or when the thread ended.
 */
static bool tracee_step(int *signal)
{
	enum instruction instruction = instruction_at(tracee.regs.rip);
	uint64_t sp = tracee.regs.rsp;
	int delivered = *signal;
	pid_t tid;

	assert_int_equal(ptrace(PTRACE_SINGLESTEP, tracee.tid, NULL, delivered), 0);
	*signal = wait_for_stop(tracee.tid, &tid);
	if (*signal < 0 || (*signal == SIGTRAP && at_breakpoint(tid)))
		return false;
	if ((*signal & 0xff) == SIGTRAP)
		*signal = 0; /* a step, or a report of ptrace's */
	read_registers();
	tracee.steps++;
	tracee.was_system_call = instruction == INSTRUCTION_SYSTEM_CALL;
	if (delivered)
		shadow_signal();
	else if (instruction == INSTRUCTION_CALL && tracee.regs.rsp == sp - 8)
		shadow_push(tracee.regs.rsp, tracee_word(tracee.regs.rsp));
	shadow_pop();
	return true;
}

/* Lets all run until one is at a breakpoint, which is the one that steps from there on. */
static void run_to_breakpoint(void)
{
	pid_t tid = tracee.pid;
	int signal = 0;

	do {
		assert_int_equal(ptrace(PTRACE_CONT, tid, NULL, signal), 0);
		signal = wait_for_stop(-1, &tid);
		assert_true(signal >= 0);
		if (signal == SIGTRAP && at_breakpoint(tid))
			break;
		if ((signal & 0xff) == SIGTRAP || signal == SIGSTOP)
			signal = 0; /* a new thread stops, and so does the one that made it */
	} while (true);
	tracee.tid = tid;
	read_registers();
}

/* ---- from start to end ----------------------------------------------------------------------- */

/* Whether processes can be traced here: a container may forbid it. */
static bool can_trace(void)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) ? 1 : 0);
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status);
}

/*
 * Starts argv stopped before its first instruction. `variable` is NAME=VALUE to put into its
 * environment, or NAME to take out of it, as putenv() of glibc does.
 */
static void tracee_start(char *const argv[], const char *variable)
{
	char path[64];
	pid_t tid;

	tracee.pid = tracee.tid = fork();
	if (!tracee.pid) {
		putenv((char *)variable);
		dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execv(argv[0], argv);
		_exit(127);
	}
	assert_int_equal(wait_for_stop(tracee.pid, &tid), SIGTRAP);
	ptrace(PTRACE_SETOPTIONS, tracee.pid, NULL, PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE);
	snprintf(path, sizeof(path), "/proc/%d/mem", tracee.pid);
	tracee.mem = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(tracee.mem >= 0);
	tracee.was_system_call = true;
	read_registers();
}

static void tracee_end(void)
{
	kill(tracee.pid, SIGKILL);
	while (waitpid(-1, NULL, __WALL) > 0)
		;
	close(tracee.mem);
	memset(&tracee, 0, sizeof(tracee));
}

#endif
