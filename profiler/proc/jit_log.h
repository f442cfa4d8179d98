/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a process wrote about the code it generates, kept while it writes: its
 * perf map as a log that only grows, whatever happens to the file, and how much
 * of the log there was when it was looked at.
 *
 * A map is appended to, or written anew, or another file takes its place, or it
 * is deleted. Whatever is new is added to the log; so of entries for the same
 * memory the last one in a part of the log is the one that was right then.
 */
#ifndef BOLOMETER_PROC_JIT_LOG_H
#define BOLOMETER_PROC_JIT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* All logs together; of what has no room the file itself is read, at the end. */
#define JIT_BUDGET_BYTES (64u << 20)

/* At either end of what was copied, looked at to see whether the file was written anew. */
#define JIT_LOG_EDGE 64

/* From then on, up to the next moment, nothing was written. */
struct jit_moment {
	uint64_t time_ns;   /* of the look; CLOCK_MONOTONIC */
	uint64_t map_end;   /* of the log, in whole lines */
	uint64_t dump_size; /* of the jitdump */
};

/* The bytes of all logs together, so that many processes do not take all the memory there is. */
struct jit_budget {
	uint64_t bytes_left;
};

struct jit_log {
	int copy_fd; /* the log, in memory; -1: nothing yet */
	int map_fd;  /* the file that was seen last, or -1 */
	int error;   /* errno of opening it, without map_fd */
	bool direct; /* there was no room: the file is the log, and what was written over is lost */
	uint64_t len;				     /* of the log */
	uint64_t lines_end;			     /* of the last whole line in it */
	uint64_t read;				     /* how much of the file is in it */
	char head[JIT_LOG_EDGE], tail[JIT_LOG_EDGE]; /* of what was read */
	struct jit_moment *moments;
	size_t nr_moments, cap_moments;
};

void jit_log_init(struct jit_log *log);
void jit_log_fini(struct jit_log *log);

/*
 * Takes over the map as it was opened just now, or a negative errno. Only keeps it: what is in it can
 * be read later, also when it is deleted by then.
 */
void jit_log_hold(struct jit_log *log, int map_fd, struct jit_budget *budget);

/* The process is gone: reads what is new, and keeps the file only where that is the log. */
void jit_log_end(struct jit_log *log, struct jit_budget *budget);

/*
 * In a forked process: makes the log its own, so that what is added here is not there. Returns 0, or
 * -errno with the log as it was, to which nothing must be added then.
 */
int jit_log_unshare(struct jit_log *log);

/* The log as a file to read, which stays the log's; -1: there is none. */
int jit_log_fd(const struct jit_log *log);

/* Reads what is new, and notes the time. dump_size is that of the process's jitdump. 0 or -ENOMEM. */
int jit_log_look(struct jit_log *log, uint64_t now_ns, uint64_t dump_size,
		 struct jit_budget *budget);

/* Forgets moments but the last one: nobody asks for a time before it any more. */
void jit_log_forget_moments(struct jit_log *log);

/* Whether a look is needed to know what was there at a time. */
bool jit_log_is_behind(const struct jit_log *log, uint64_t time_ns);

/* The first moment that is not before a time; there is one if the log is not behind. */
uint32_t jit_log_moment(const struct jit_log *log, uint64_t time_ns);

#endif
