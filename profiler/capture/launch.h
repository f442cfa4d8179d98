/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starting the program to be captured: made ready but held before its exec, so
 * that the capture is attached when its first instruction runs.
 */
#ifndef BOLOMETER_CAPTURE_LAUNCH_H
#define BOLOMETER_CAPTURE_LAUNCH_H

#include <signal.h>
#include <stddef.h>
#include <sys/types.h>

struct launched {
	pid_t pid;	/* 0: none */
	int release_fd; /* writing one byte lets it go */
	int failure_fd; /* tells the errno of an exec that failed */
};

/*
 * Forks a child that will run `argv`, as the user who called sudo where that is how we run, with
 * the signal mask given. Returns 0 or -errno.
 */
int launch(struct launched *launched, char *const *argv, const sigset_t *mask);

/* Lets it exec. Returns 0, or -errno of the exec, and then the child is reaped. */
int launch_release(struct launched *launched);

/* Ends a child that was never released. Does nothing for one that was. */
void launch_cancel(struct launched *launched);

#endif
