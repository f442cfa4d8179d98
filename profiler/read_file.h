/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a profile for a command that says what is wrong with it. */
#ifndef BOLOMETER_READ_FILE_H
#define BOLOMETER_READ_FILE_H

#include "profiler/model/profile.h"
#include "profiler/options.h"

/* Adds one file to the profile; what is wrong with it is said. Returns 0 or EXIT_FAILED. */
int read_file(const char *path, const struct options *options, struct profile *profile);

#endif
