/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a profile for a command that says what is wrong with it. */
#ifndef BOLOMETER_READ_FILE_H
#define BOLOMETER_READ_FILE_H

#include "profiler/file/file.h"
#include "profiler/model/profile.h"
#include "profiler/options.h"

/* Adds one file to the profile; what is wrong with it is said. Returns 0 or EXIT_FAILED. */
int read_file(const char *path, const struct options *options, struct profile *profile);

/* The same in two steps, of which the first may be another thread's. */
struct file_reading {
	const char *path; /* borrowed */
	struct profile *profile;
	int err;
	bool is_empty; /* it had no samples */
	struct file_options options;
	struct file_complaints complaints;
	char lines[FILE_COMPLAINTS_TOLD][FILE_COMPLAINT_BYTES];
	char remark[FILE_COMPLAINT_BYTES]; /* the last one, if there is any */
};

/* What the command line says of files. */
struct file_options file_options(const struct options *options);

/* Reads the file of `path` into `profile`, and says nothing. */
void file_reading_run(struct file_reading *reading);

/* Says what is wrong. Returns 0 or EXIT_FAILED. */
int file_reading_end(const struct file_reading *reading);

#endif
