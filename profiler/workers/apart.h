/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process of its own for what speaks with the network: without our privileges
 * and files, and one that can be ended when it does not answer. Libraries that
 * only it needs are loaded there, and only when there is something for them to do.
 */
#ifndef BOLOMETER_WORKERS_APART_H
#define BOLOMETER_WORKERS_APART_H

#include <stdbool.h>
#include <sys/types.h>

struct apart {
	pid_t pid; /* 0: not started */
	int fd;	   /* a socket to it that keeps packets apart; -1: none */
};

/* What the process does; `fd` is its end of the socket. It ends when this returns. */
typedef void apart_fn(int fd, void *data);

/* Returns 0 or -errno. */
int apart_start(struct apart *apart, apart_fn *run, void *data);

/*
 * Waits for its end, which comes by itself when it has no one to work for, or, `at_once`, ends it.
 * Of one that was not started nothing.
 */
void apart_stop(struct apart *apart, bool at_once);

/*
 * Whether a signal waits that we hold back (session.h), or was noted (interrupts.h): it is meant for what is
 * waited for here.
 */
bool apart_interrupted(void);

/* ---- in the process itself ---- */

/*
 * Closes every descriptor but the standard ones and `fd`; becomes the user who called sudo, or whom
 * $HOME belongs to, if we are root; gives up capabilities; ends with its parent; lets SIGINT, SIGTERM
 * and SIGHUP set what apart_signalled() tells. A root that stays root keeps what it may with
 * `as_root`. Returns what `fd` is called from here on, or -errno.
 */
int apart_settle(int fd, bool as_root);

bool apart_signalled(void);

#endif
