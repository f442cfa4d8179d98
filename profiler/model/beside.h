/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Work beside the caller's own: in a thread where this process has a second CPU
 * for it, and otherwise by the caller when it asks for the result. What comes out
 * is the same either way, so the work must not touch what the caller uses
 * meanwhile.
 */
#ifndef BOLOMETER_MODEL_BESIDE_H
#define BOLOMETER_MODEL_BESIDE_H

#include <pthread.h>
#include <stdbool.h>

/* Returns 0 or -errno; what that means is between it and who asks. */
typedef int beside_fn(void *data);

/* One piece of work; begun once and ended once, by the same thread. */
struct beside {
	pthread_t thread;
	beside_fn *work;
	void *data;
	int result;
	bool is_running;
};

/* Whether this process may use more than one CPU. */
bool beside_is_possible(void);

/* `data` is used until beside_end(). Cannot fail: without a thread the work is done at the end. */
void beside_begin(struct beside *beside, beside_fn *work, void *data);

/* Waits for the work, or does it. Returns its result. */
int beside_end(struct beside *beside);

/* The result is not wanted: waits if the work was begun. In place of beside_end(). */
void beside_drop(struct beside *beside);

#endif
