// SPDX-License-Identifier: GPL-2.0-or-later
/* Stepping a thread to the return of its innermost frame; see step.h. */
#include "tests/truth/stops/step.h"

#if defined(__x86_64__)
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

#define STEPS_MAX 4000000 /* functions that have just begun may have much to do */

/* A frame that has no record: at most its caller's frame pointer, and the return address. */
#define FRAME_BYTES 16

static bool step(pid_t tid, struct user_regs_struct *ret_regs)
{
	int status;

	return !ptrace(PTRACE_SINGLESTEP, tid, NULL, NULL) && waitpid(tid, &status, __WALL) == tid &&
	       WIFSTOPPED(status) && !ptrace(PTRACE_GETREGS, tid, NULL, ret_regs);
}

static bool steps_to(pid_t tid, uint64_t addr)
{
	struct user_regs_struct regs;
	uint64_t sp;

	if (ptrace(PTRACE_GETREGS, tid, NULL, &regs))
		return false;
	sp = regs.rsp;
	for (int i = 0; i < STEPS_MAX && step(tid, &regs); i++) {
		if (regs.rsp <= sp)
			continue;
		if (regs.rip == addr)
			return true;
		if (regs.rsp - sp >= FRAME_BYTES)
			return false;
	}
	return false;
}

bool step_returns_to(pid_t tid, uint64_t addr)
{
	bool returns;
	int status;

	if (ptrace(PTRACE_ATTACH, tid, NULL, NULL))
		return false;
	returns = waitpid(tid, &status, __WALL) == tid && WIFSTOPPED(status) && steps_to(tid, addr);
	ptrace(PTRACE_DETACH, tid, NULL, NULL);
	return returns;
}
#else
bool step_returns_to(pid_t tid, uint64_t addr)
{
	return false;
}
#endif
