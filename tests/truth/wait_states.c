// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wait_states [ROUNDS]: processes that each wait ROUNDS times in one state of the kernel's, and
 * sleeps of two lengths.
 *
 *	name       path          state
 *	sleeper    sleep_path    sleep, and freezable since 6.1: clock_nanosleep
 *	selecter   select_path   the same: select
 *	vforker    vfork_path    disk, but ended by a deadly signal: vfork, until its child is gone
 *	stopped    stop_path     stopped by SIGSTOP
 *	traced     trace_path    traced: stopped for its tracer
 *	lengths    short_path    sleep, 2 ms each
 *	           long_path     sleep, 40 ms each
 *
 * Right answer: the time off the CPU that each prints of its path, in that state and no other.
 */
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/select.h>
#include <sys/wait.h>

#include "wait.h"

#define WAIT_NS	 (20 * NS_PER_MS)
#define SHORT_NS (2 * NS_PER_MS)
#define LONG_NS	 (40 * NS_PER_MS)

static unsigned rounds;

static void sleep_path(void)
{
	doze_ns(WAIT_NS);
}

static void select_path(void)
{
	struct timeval limit = {.tv_usec = WAIT_NS / NS_PER_US};

	select(0, NULL, NULL, NULL, &limit);
}

/* The child has the parent's memory, and its own name. */
static void vfork_path(void)
{
	pid_t pid = vfork();

	must(pid >= 0, "vfork");
	if (!pid) {
		thread_name("vforked");
		doze_ns(WAIT_NS);
		_exit(0);
	}
	work(1);
}

static void stop_path(void)
{
	raise(SIGSTOP);
}

static void trace_path(void)
{
	raise(SIGSTOP);
}

static void short_path(void)
{
	doze_ns(SHORT_NS);
}

static void long_path(void)
{
	doze_ns(LONG_NS);
}

/* Index N of the paths has the meter at N. */
enum path_id { SLEEP, SELECT, VFORK, STOP, TRACE, SHORT, LONG, PATHS };
static const char *const names[PATHS] = {"sleep_path", "select_path", "vfork_path", "stop_path",
					 "trace_path", "short_path",  "long_path"};
static void (*const paths[PATHS])(void) = {sleep_path, select_path, vfork_path, stop_path,
					   trace_path, short_path,  long_path};
static struct wait_meter *meters; /* shared with the children */

static void run_path(enum path_id id)
{
	meter_open(&meters[id]);
	for (unsigned i = 0; i < rounds; i++) {
		meter_start(&meters[id]);
		paths[id]();
		meter_stop(&meters[id]);
		if (id == VFORK)
			wait(NULL);
	}
}

static pid_t start_child(const char *name, enum path_id first, enum path_id last)
{
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (pid)
		return pid;
	thread_name(name);
	if (first == TRACE)
		must(!ptrace(PTRACE_TRACEME, 0, 0, 0), "ptrace");
	for (enum path_id id = first; id <= last; id++)
		run_path(id);
	_exit(0);
}

/* Lets a child that has stopped go on after a while, each time; ends when the child does. */
static void *resume_main(void *arg)
{
	pid_t pid = *(pid_t *)arg;
	int status;

	while (waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status)) {
		doze_ns(WAIT_NS);
		kill(pid, SIGCONT);
	}
	return NULL;
}

/* Only the thread that is the tracer can do it: the one that made the child. */
static void trace_child(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		doze_ns(WAIT_NS);
		must(!ptrace(PTRACE_CONT, pid, 0, 0), "ptrace");
	}
}

int main(int argc, char **argv)
{
	uint64_t taken = taken_us();
	pid_t others[4], stopped, traced;
	pthread_t resumer;

	rounds = argc > 1 ? (unsigned)number_argument(argv[1], 1, 1e5) : 20;
	meters = mmap(NULL, sizeof(*meters) * PATHS, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(meters != MAP_FAILED, "mmap");
	for (int id = 0; id < PATHS; id++)
		meters[id].name = names[id];
	others[0] = start_child("sleeper", SLEEP, SLEEP);
	others[1] = start_child("selecter", SELECT, SELECT);
	others[2] = start_child("vforker", VFORK, VFORK);
	others[3] = start_child("lengths", SHORT, LONG);
	stopped = start_child("stopped", STOP, STOP);
	traced = start_child("traced", TRACE, TRACE);
	resumer = thread_start(resume_main, &stopped);
	trace_child(traced);
	pthread_join(resumer, NULL);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		waitpid(others[i], NULL, 0);
	for (int id = 0; id < PATHS; id++)
		meter_print(&meters[id]);
	print_taken(taken);
	return 0;
}
