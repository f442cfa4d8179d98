/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The privileges of this process: which of those that captures need are there, and giving up those
 * that the rest of the work does not. docs/SECURITY.md is the overview.
 */
#ifndef BOLOMETER_PRIVILEGES_H
#define BOLOMETER_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>

enum privilege {
#define PRIVILEGE(name, required, purpose) PRIVILEGE_##name,
#include "profiler/proc/privileges.def"
#undef PRIVILEGE
	PRIVILEGE_COUNT
};

struct privilege_info {
	int capability;
	const char *name; /* "CAP_BPF" */
	bool required;	  /* no capture works without it */
	const char *purpose;
};

extern const struct privilege_info privileges[PRIVILEGE_COUNT];

/* Whether it is in effect, by itself or by one that includes it. */
bool privilege_held(enum privilege privilege);

/* Those with `required` as given that are not, as " CAP_BPF CAP_PERFMON"; "" for none. */
void privileges_missing(bool required, char *ret, size_t size);

/* What would give them to a file of this program, for people; of this program, if that can be told. */
void privileges_remedy(char *ret, size_t size);

/* What is left to do. */
enum privilege_stage {
	/*
	 * A capture that is attached: what it needs itself, also for CPUs and tables that come later; to end
	 * what it started, and to become who a Java machine or a cache belongs to.
	 */
	STAGE_CAPTURE,
	/* Files to read and write, as the user that we are: root reads and writes all of them. */
	STAGE_FILES,
};

/*
 * Gives up, for good, all privileges but those of the stage, of all sets, and that any program could
 * give new ones. An ordinary user, who was given some for this program, keeps none for STAGE_FILES.
 * Threads that run already keep theirs. Returns 0 or -errno.
 */
int privileges_keep(enum privilege_stage stage);

#endif
