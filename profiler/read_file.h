/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a profile for a command that says what is wrong with it. */
#ifndef BOLOMETER_READ_FILE_H
#define BOLOMETER_READ_FILE_H

#include "profiler/file/file.h"
#include "profiler/model/profile.h"
#include "profiler/options.h"

/*
 * Adds one file, of the format of --from or what it looks like, to the profile; what is wrong with it
 * is said. Returns 0 or EXIT_FAILED.
 */
int read_file(const char *path, const struct options *options, struct profile *profile);

/* Sees that --from, if it is there, names a format. Returns 0 or EXIT_USAGE, after saying what is wrong. */
int read_file_check(const struct options *options);

/* As many remarks are kept of one file. */
#define FILE_REMARKS_KEPT 8

/* The same in two steps, of which the first may be another thread's. */
struct file_reading {
	const char *path; /* borrowed */
	const struct options *options;
	struct profile *profile;
	int err;
	bool is_empty; /* it had no samples */
	struct file_complaints complaints;
	char lines[FILE_COMPLAINTS_TOLD][FILE_COMPLAINT_BYTES];
	char remarks[FILE_REMARKS_KEPT][FILE_COMPLAINT_BYTES];
	size_t nr_remarks;
};

/* Reads the file of `path` into `profile`, and says nothing. */
void file_reading_run(struct file_reading *reading);

/* Says what is wrong. Returns 0 or EXIT_FAILED. */
int file_reading_end(const struct file_reading *reading);

#endif
