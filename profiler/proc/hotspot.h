/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asking a Java machine (HotSpot) to write its perf map, as `jcmd PID Compiler.perfmap` does (JDK 17
 * and later), without a JDK at hand.
 *
 * What a machine understands is a request on a socket of its own; what makes it open that socket is a
 * file and SIGQUIT, which any other program may take for its end. So it is only sent to a process
 * that is proven to be one and to handle the signal so. All that is done in the process's folders is
 * done by a child with its root, user and groups: as it might do it itself.
 */
#ifndef BOLOMETER_PROC_HOTSPOT_H
#define BOLOMETER_PROC_HOTSPOT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Whether SIGQUIT makes this process look for requests. Returns NULL when that is so, else why not. */
const char *hotspot_refuses(uint32_t tgid);

/*
 * Asks, if the process listens already (with -Xrs it does from the start) or hotspot_refuses() finds
 * nothing against making it, for /tmp/perf-NSPID.map, below the process's root. Takes a second at most until the machine
 * listens, and three until it has written. Returns 0, or -errno with what went wrong in `why`, a few words.
 */
int hotspot_write_map(uint32_t tgid, char *why, size_t why_size);

#endif
