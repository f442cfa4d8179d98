/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SIGINT, SIGTERM, SIGHUP and SIGPIPE where nobody waits for them (a capture does, see session.h):
 * they end the program as ever, but the file that is being written goes with it.
 */
#ifndef BOLOMETER_WORKERS_INTERRUPTS_H
#define BOLOMETER_WORKERS_INTERRUPTS_H

#include <stdbool.h>

/*
 * From now on, except for those that are ignored or blocked. With `forgive` the first one is only noted: there is a capture that would be lost.
 */
void interrupts_watch(bool forgive);

/* While this is set all are only noted: something else than the program is given up for them. */
void interrupts_spare(bool spare);

/* Whether one was noted. */
bool interrupts_noted(void);

/* The file to remove, or NULL for none. They should be blocked from before it is made. */
void interrupts_remove(const char *path);

/* Blocks them until the next interrupts_allow(). */
void interrupts_block(void);
void interrupts_allow(void);

#endif
