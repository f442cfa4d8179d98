/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What captures need of the kernel and of this user, each tried in turn. */
#ifndef BOLOMETER_CAPTURE_FEATURES_H
#define BOLOMETER_CAPTURE_FEATURES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The oldest kernel that takes the programs as it is published: with bpf_task_pt_regs() (commit
 * dd6e10fbd9fb). Distributions put parts of newer ones into theirs, so only trying tells.
 */
#define KERNEL_OLDEST_MAJOR 5
#define KERNEL_OLDEST_MINOR 15

static inline bool feature_kernel_is_old(int major, int minor)
{
	return major < KERNEL_OLDEST_MAJOR ||
	       (major == KERNEL_OLDEST_MAJOR && minor < KERNEL_OLDEST_MINOR);
}

enum feature_state {
	FEATURE_YES,
	FEATURE_NO,
	FEATURE_UNKNOWN, /* this user may not find out */
};

struct feature {
	const char *name;
	const char *purpose; /* what is lost without it */
	bool required;	     /* no capture works without it */

	/* Tries it; writes what was found, and, unless FEATURE_YES, what would mend it. */
	enum feature_state (*probe)(char *found, size_t found_size, char *fix, size_t fix_size);
};

extern const struct feature features[]; /* ended by one whose name is NULL */

#endif
