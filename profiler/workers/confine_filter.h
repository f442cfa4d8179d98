/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system calls that a confined process may make; see confine.h. All others fail with EPERM, as
 * where a library only tries something. seccomp(2); Documentation/userspace-api/seccomp_filter.rst.
 */
#ifndef BOLOMETER_WORKERS_CONFINE_FILTER_H
#define BOLOMETER_WORKERS_CONFINE_FILTER_H

/*
 * Puts the calling thread under the filter, for good; it must have no_new_privs. Messages may be
 * sent and received at the descriptor `channel` only. Returns 0 or -errno; -EINVAL: the kernel has
 * no filters.
 */
int confine_filter_install(int channel);

#endif
