/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What measurements share. */
#ifndef BOLOMETER_BENCH_BENCH_H
#define BOLOMETER_BENCH_BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <time.h>

/* The id of the program behind a descriptor; 0 for other files (Documentation/filesystems/proc). */
static inline uint32_t program_id(const char *folder, const char *descriptor)
{
	unsigned id = 0, found = 0;
	char path[512], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, descriptor);
	file = fopen(path, "re");
	while (file && !found && fgets(line, sizeof(line), file))
		if (sscanf(line, "prog_id: %u", &id) == 1)
			found = id;
	if (file)
		fclose(file);
	return found;
}

static inline void sleep_s(double duration_s)
{
	struct timespec time = {.tv_sec = (time_t)duration_s};

	time.tv_nsec = (long)((duration_s - (double)time.tv_sec) * 1e9);
	while (nanosleep(&time, &time))
		;
}

static inline int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

#endif
