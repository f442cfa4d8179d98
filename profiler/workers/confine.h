/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Work in a process that can do nothing but compute, for reading what others wrote.
 *
 * The process is a copy of this one that keeps a few descriptors and has a channel to its maker
 * (channel.h). It has no privileges and can get none, and a filter of system calls
 * (confine_filter.h) leaves it its memory, its descriptors to read from, and the channel: no
 * opening, no sockets, no other programs or processes. What it says is to be taken as the files
 * themselves would be. It may crash, hang or be ended by its limits, and nothing else suffers.
 *
 * docs/SECURITY.md says what is read this way.
 */
#ifndef BOLOMETER_WORKERS_CONFINE_H
#define BOLOMETER_WORKERS_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The process, from outside. All zero: none. */
struct confined {
	pid_t pid;
	int fd; /* the channel; what does not come or go within CONFINE_SILENCE_S is an error */
};

/* How long a process may say nothing, and how much CPU time it may use. */
#define CONFINE_SILENCE_S 120
#define CONFINE_CPU_S	  600

/* The work: `fd` is the channel. When it returns the process ends. */
typedef void confined_fn(int fd, void *data);

/*
 * Starts it; `data` and all other memory is there as of now. It keeps the descriptors of `keep`, of
 * which -1 is none, by their numbers. Returns 0 or -errno. Thread-safe.
 */
int confine_begin(struct confined *confined, confined_fn *work, void *data, const int *keep,
		  size_t nr_keep);

/*
 * Ends it and takes its channel away. `err` is what listening to it came to: after 0, or -EPIPE as it
 * is gone, it is waited for, otherwise it is killed. Returns whether it ended by itself as it should;
 * if not, *ret_why is why: "signal 11 (Segmentation fault)".
 */
bool confine_end(struct confined *confined, int err, char *ret_why, size_t size);

/*
 * Keeps all mappings of the kernel's BPF tables that there are now out of processes that are made from
 * now on. Who maps others later does so with MADV_DONTFORK.
 */
void confine_withhold_tables(void);

/* What all processes so far have cost: CPU time, and the most memory that one took beside ours. */
void confine_cost(uint64_t *ret_cpu_ns, uint64_t *ret_rss_bytes);

/* Whether this kernel filters system calls; without that only the privileges are taken away. */
bool confine_is_possible(void);

#endif
