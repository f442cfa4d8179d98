// SPDX-License-Identifier: GPL-2.0-or-later
/* Which Java machines are asked, and what is said about it; see jvms.h. How: proc/hotspot.c. */
#include "profiler/jvms.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profiler/proc/host.h"
#include "profiler/proc/hotspot.h"
#include "profiler/runtimes.h"

/* Of asking all machines together. */
#define ASKING_NS_MAX 10000000000ULL

/* One that was sampled, and has no other way to say what its code is called. */
static bool is_asked(const struct tracker *tracker, const struct jit_process *jit)
{
	return jit->log.nr_moments && !jit->ended_ns && jit->dump == BINARY_NONE &&
	       runtime_of_process(tracker, jit->tgid) == RUNTIME_JAVA;
}

/* Removes the map that was read, if that is what is there. */
static void remove_map(const struct jit_process *jit)
{
	struct stat read_one, there;
	char name[64];

	snprintf(name, sizeof(name), "perf-%u.map", jit->nspid);
	if (jit->log.map_fd >= 0 && !fstat(jit->log.map_fd, &read_one) &&
	    !fstatat(jit->folder_fd, name, &there, AT_SYMLINK_NOFOLLOW) &&
	    there.st_dev == read_one.st_dev && there.st_ino == read_one.st_ino)
		unlinkat(jit->folder_fd, name, 0);
}

static int ask(struct tracker *tracker, struct jit_process *jit,
	       void (*tell)(void *data, const char *line), void *data)
{
	bool had_map = jit->log.map_fd >= 0;
	char why[128], line[300];
	/* The capture may go on in the process that this one was forked from. */
	int err = jit_log_unshare(&jit->log);

	if (err)
		snprintf(why, sizeof(why), "%s", strerror(-err));
	else
		err = hotspot_write_map(jit->tgid, why, sizeof(why));
	if (err)
		snprintf(line, sizeof(line),
			 "java (pid %u): cannot be asked for the names of its code: %s", jit->tgid,
			 why);
	else
		snprintf(line, sizeof(line),
			 "java (pid %u): asked for the names of its code (Compiler.perfmap); "
			 "--no-jcmd leaves it alone",
			 jit->tgid);
	tell(data, line);
	if (err)
		return 0;
	err = tracker_jit_read(tracker, jit);
	if (!err && !had_map)
		remove_map(jit);
	return err;
}

int jvms_ask(struct tracker *tracker, void (*tell)(void *data, const char *line), void *data)
{
	uint64_t end_ns = host_monotonic_ns() + ASKING_NS_MAX;
	int err = 0;

	for (size_t i = 0; i < tracker->nr_jits && !err && host_monotonic_ns() < end_ns; i++) {
		if (is_asked(tracker, &tracker->jits[i]))
			err = ask(tracker, &tracker->jits[i], tell, data);
	}
	return err;
}
