/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading profiles from files. Each format is one file in this folder and one
 * line in the table of file.c; which one it is, is guessed from the content.
 */
#ifndef BOLOMETER_FILE_FILE_H
#define BOLOMETER_FILE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/model/group.h"
#include "profiler/model/profile.h"

/* What is wanted of a file, where its format leaves a choice. All zero is what most want. */
struct file_options {
	const char *event;    /* of several, the one whose samples are read; NULL: the first */
	bool addrs;	      /* functions without a name are told apart by their address */
	enum group_key group; /* what will be grouped by; CPUs are kept apart only for GROUP_CPU */
};

/* Where a reader says what it could not use; one line each, without the file's name. */
struct file_complaints {
	void (*tell)(void *data, const char *line);
	void (*remark)(void *data, const char *line); /* NULL: nobody wants to hear those */
	void *data;
	uint64_t count; /* complaints so far; only the first few are told */
	bool explain;	/* what files were taken for is told, even if there is no doubt */
	struct file_options options;
};

/* Counts one complaint, and tells it unless there were many. printf-like. */
__attribute__((format(printf, 2, 3))) void file_complain(struct file_complaints *complaints,
							 const char *format, ...);

/* Says what a reader of the profile should know although nothing is wrong. printf-like. */
__attribute__((format(printf, 2, 3))) void file_remark(struct file_complaints *complaints,
						       const char *format, ...);

/* Told of at most this many bad lines each; the rest is a number. */
#define FILE_COMPLAINTS_TOLD 5

/* No line that is told is longer, with its NUL. */
#define FILE_COMPLAINT_BYTES 256

struct file_format {
	const char *name;  /* for --from */
	const char *about; /* one line for the help */

	/* Whether a file that starts like this is one; head holds at most FILE_HEAD_BYTES. */
	bool (*looks_like)(const char *head, size_t len);

	/*
	 * Adds everything in fd, whose first bytes are in head already, to the profile. Bad lines
	 * are complained about and the rest is used. Returns 0, -ENOMEM, -errno of reading, or
	 * -EBADMSG when the whole is of no use: that is complained about, and the profile must not
	 * be used either.
	 */
	int (*read)(int fd, const char *head, size_t len, struct profile *profile,
		    struct file_complaints *complaints);

	bool may_be_packed; /* with gzip */
};

#define FILE_HEAD_BYTES 4096

extern const struct file_format file_formats[]; /* ended by one whose name is NULL */

/* By --from name; NULL when there is no such format. */
const struct file_format *file_format_by_name(const char *name);

/*
 * Adds the profile in the file at `path` ("-": standard input) to `profile`, which may hold others
 * already. Its format is `from`, or with NULL the first whose looks_like() says so; where others
 * would do as well that is remarked. Circumstances are added up as circumstances_add() says, and of the values those stay that
 * all files have. Returns 0; -EINVAL when its format is none that is known; -EBADMSG when it cannot
 * be used or not be added up with what was read before, which is complained about; -errno when it
 * cannot be opened or read.
 */
int file_read(const char *path, const struct file_format *from, struct profile *profile,
	      struct file_complaints *complaints);

/*
 * For readers, before the first sample of a file: takes its value types and circumstances into the
 * profile. ret_from[v] is the file's value type that is the profile's v. `about` gives its texts away;
 * what it has left is freed by its owner. Returns 0, or -EBADMSG with a complaint.
 */
int file_begin(struct profile *profile, struct circumstances *about,
	       size_t ret_from[VALUE_TYPES_MAX], struct file_complaints *complaints);

/*
 * The same in two steps, for files that say only at their end when they were: the value types before
 * the first sample, everything else after the last. `first` is what file_begin_values() returned
 * there: whether the profile had no values before.
 */
int file_begin_values(struct profile *profile, const struct circumstances *about,
		      size_t ret_from[VALUE_TYPES_MAX], bool *ret_first,
		      struct file_complaints *complaints);
int file_end_about(struct profile *profile, struct circumstances *about, bool first,
		   struct file_complaints *complaints);

#endif
