/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A capture: BPF programs loaded, attached and drained into a profile.
 *
 *	capture_open    open and configure the object, load it, fill the maps
 *	capture_start   attach; events fire from here on
 *	capture_poll    while it runs: records of processes, full tables, new CPUs
 *	capture_turn    an interval ends, and the next one begins
 *	capture_stop    detach, read the last of the tables, close the books
 *	capture_close   everything that is left; closes the files it held open
 *
 * Nothing here prints: what went wrong is in capture_error().
 */
#ifndef BOLOMETER_CAPTURE_CAPTURE_H
#define BOLOMETER_CAPTURE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/model/profile.h"
#include "profiler/model/view.h"
#include "profiler/proc/tracker.h"

/* How user stacks are walked. */
enum unwind_way {
	UNWIND_AUTO, /* as UNWIND_CFI, or where the kernel cannot do that, as UNWIND_FP */
	UNWIND_CFI,  /* by call-frame information, and frame pointers in code that has none */
	UNWIND_FP,   /* by frame pointers alone */
};

/* Task states that a wait can begin in, for sets of them; names as --state takes them. */
enum wait_state {
	WAIT_SLEEP = 1 << 0,   /* interruptible */
	WAIT_DISK = 1 << 1,    /* uninterruptible, mostly for a disk */
	WAIT_STOPPED = 1 << 2, /* by a signal */
	WAIT_TRACED = 1 << 3,  /* by a debugger */
	WAIT_PARKED = 1 << 4,  /* kernel threads */
	WAIT_IDLE = 1 << 5,    /* kernel threads without work */
	WAIT_ALL = (1 << 6) - 1,
};

#define WAKER_CHAIN_MAX 4

struct capture_config {
	/* Targets: ids, or a cgroup, or with neither the whole system. */
	const uint32_t *pids;
	size_t nr_pids;
	const uint32_t *tids;
	size_t nr_tids;
	int cgroup_fd;	      /* -1: none */
	uint32_t started_pid; /* a program of ours that has yet to exec; 0: none */

	const uint32_t *cpus; /* ascending; none: all that are online */
	size_t nr_cpus;
	uint64_t frequency_hz;
	const char *event; /* a name that capture_event_known() knows */
	bool want_user, want_kernel;
	bool key_cpu, key_cgroup; /* tell CPUs, cgroups apart */

	/*
	 * The views that will be drawn of it, a set of VIEW_BIT(). With VIEW_CPU alone the profile has
	 * samples only; with any other one its samples have activities and values as view.h says.
	 */
	unsigned int views;
	uint64_t min_wait_ns, max_wait_ns; /* waits of another length are left out; 0: no limit */
	unsigned int wait_states;	   /* set of enum wait_state: others are left out */
	bool complete_only;		   /* leave out waits that an end of the capture cut */
	unsigned int waker_chain;	   /* wakers of wakers: 1 to WAKER_CHAIN_MAX */
	uint64_t max_overhead_ppm;	   /* of the CPUs' time; 0: no limit */

	uint64_t slices; /* at most so many, of the capture's time; 0: none are kept */
	uint64_t duration_ns; /* how long it, or the first interval, is meant to last; 0: not known */
	bool in_intervals;    /* capture_turn() will be called */

	uint64_t table_entries;	  /* 0: from rate and CPUs */
	enum unwind_way unwind;
	uint64_t unwind_bytes; /* of memory for unwind tables, at most */
	uint64_t memory_bytes; /* all that it may hold, with what the kernel holds for it; 0: no limit */
	const struct jit_opener *jit_opener; /* how perf maps are opened; must live as long */
	bool confine;		  /* call-frame information is read in confined processes */
	bool verbose;		  /* libbpf's own messages go to standard error */
};

struct capture;

/* Where the files and JIT processes behind a profile's mappings are. */
struct tracker *capture_tracker(struct capture *capture);

/* Whether -e knows this event; with `ret_names` a list of all, for a message. */
bool capture_event_known(const char *event, const char **ret_names);

/* Returns NULL with what went wrong in `why`, one line that says what to do about it. */
struct capture *capture_open(const struct capture_config *config, char *why, size_t why_size);
void capture_close(struct capture *capture);

/* What the kernel holds for an open capture, and may come to hold: the memory of its maps. */
uint64_t capture_kernel_bytes(const struct capture *capture);

/* Return 0 or -errno, with capture_error() in words. */
int capture_start(struct capture *capture);
int capture_poll(struct capture *capture);
int capture_stop(struct capture *capture);
const char *capture_error(const struct capture *capture);

/* When capture_poll() should be called at the latest; UINT64_MAX for whenever. */
uint64_t capture_due_ns(const struct capture *capture);

/* Becomes readable when capture_poll() should be called before its regular time. */
int capture_poll_fd(const struct capture *capture);

/* How it goes, for the progress line. */
struct capture_progress {
	uint64_t recorded;
	uint64_t lost;
	uint64_t stacks; /* distinct ones since the tables were last emptied */
};

void capture_progress(struct capture *capture, struct capture_progress *ret_progress);

/*
 * Ends an interval of a capture that goes on, for which it was opened: *ret_profile is what happened
 * since the last one, sealed, the caller's. Every event is in exactly one interval, with all that has
 * to be told of it; what spans the moment between two is in both, each with its part. `next_ns` is how
 * long the next one is meant to last. Processes and files that the profile needs and nothing else does
 * are kept until capture_forget(). Returns 0, or -errno with capture_error(), when the capture is over.
 */
int capture_turn(struct capture *capture, uint64_t next_ns, struct profile **ret_profile);

/* After capture_turn(), when nobody here will look at its profile any more: lets go of what is gone. */
void capture_forget(struct capture *capture);

/*
 * In a forked process that will only look at a profile and capture_tracker(): closes what keeps a
 * capture going. The capture cannot be used there any more, nor closed.
 */
void capture_leave(void);

/* After capture_stop(): the profile, sealed, the caller's now. */
struct profile *capture_take_profile(struct capture *capture);

/* For -v: each program with the instructions the verifier looked at, and the tables' size. */
void capture_details(const struct capture *capture, void (*tell)(void *data, const char *line),
		     void *data);

/* What should be said besides: records lost, children not followed. One line each. */
void capture_notices(const struct capture *capture, void (*tell)(void *data, const char *line),
		     void *data);

#endif
