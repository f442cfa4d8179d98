/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks over several lines with a number behind them, as tracers print them:
 * the maps of bpftrace that have stacks in their keys (stacks_map.c), and what
 * the tools of bcc and libbpf-tools print without -f, which is the output of
 * DTrace's stack() as well (stacks_block.c).
 */
#ifndef BOLOMETER_FILE_STACKS_H
#define BOLOMETER_FILE_STACKS_H

#include "profiler/file/file.h"
#include "profiler/file/piece.h"

bool bpftrace_looks_like(const char *head, size_t len);
int bpftrace_read(int fd, const char *head, size_t len, struct profile *profile,
		  struct file_complaints *complaints);

bool bcc_looks_like(const char *head, size_t len);
int bcc_read(int fd, const char *head, size_t len, struct profile *profile,
	     struct file_complaints *complaints);

/* ---- for both ---- */

#define STACKS_FRAMES_MAX (1U << 16)

/* A stack that is being read, its leaf first. */
struct stacks {
	struct profile *profile;
	struct file_complaints *complaints;
	uint64_t line, begun; /* the current one; where the stack began */
	uint32_t *names;      /* strings, and by the same places their modules */
	uint32_t *modules;
	size_t count, cap_names, cap_modules;
	size_t nr_kernel;    /* so many of the first are the kernel's; where that is said */
	uint32_t *locations; /* scratch */
	size_t cap_locations;
	bool values_set;
	int64_t scale; /* of the numbers: microseconds are kept as nanoseconds */
};

/* Forgets the stack, for the next one. */
void stacks_reset(struct stacks *stacks);
void stacks_fini(struct stacks *stacks);

/*
 * Adds a frame: "name+12", "name+0x1f", "7f12 name+12 (file)", or a bare address. Returns 0 or -ENOMEM.
 */
int stacks_frame(struct stacks *stacks, struct piece text);

/* Whether the frames from `from` on end with the way into the kernel. */
bool stacks_is_kernel(const struct stacks *stacks, size_t from);

/*
 * Adds the stack with its number to the profile, below groups[]: names that have the stack under them,
 * the outermost first. `task` may be TASK_NONE. Returns 0, -ENOMEM, or -EBADMSG, which is complained
 * about, when its values are none that can be added to those of other files.
 */
int stacks_end(struct stacks *stacks, uint32_t task, const struct piece *groups, size_t nr_groups,
	       int64_t number);

/* Declares the values if there was no stack. Returns 0 or -EBADMSG. */
int stacks_finish(struct stacks *stacks);

/* The line is not used. */
void stacks_refuse(const struct stacks *stacks, uint64_t line, const char *why);

/* Calls `read` for every line, which is without blanks at its end. */
int stacks_read_lines(struct stacks *stacks, int fd, const char *head, size_t len, void *data,
		      int (*read)(void *data, struct piece line));

/* The next line of a beginning of a file, without blanks at its end. False behind the last. */
bool stacks_next_line(struct piece *left, struct piece *ret);

#endif
