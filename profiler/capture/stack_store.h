/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks of waits, and who ended them, by the ids that the programs gave them. A
 * wait may end long after the table with its stack was emptied, so they are kept
 * for as long as the capture lasts: each of them once, at its own length. Where it
 * is divided into intervals, at the end of each go those that were not added in it
 * and that no thread may still be counted under.
 */
#ifndef BOLOMETER_CAPTURE_STACK_STORE_H
#define BOLOMETER_CAPTURE_STACK_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/shared.h"
#include "profiler/model/alloc.h"
#include "profiler/model/index.h"

struct stored {
	uint64_t id;
	const void *what;
	uint32_t size;
	uint32_t visits; /* since something had it that it will be counted under */
	uint32_t used; /* the last interval that it was added, or kept, in */
};

struct stack_store {
	struct arena arena;
	struct stored *stored;
	size_t count, cap;
	struct index index;
	size_t sweep_at; /* bytes: time to find out what is still needed; 0: STORE_SWEEP_MIN */
	uint32_t interval;
};

#define STORE_SWEEP_MIN ((size_t)2 << 20)

void stack_store_init(struct stack_store *store);
void stack_store_fini(struct stack_store *store);

/* A stack, header and frames as in shared.h; what an id means never changes. 0 or -ENOMEM. */
int stack_store_add(struct stack_store *store, uint64_t id, const uint64_t *words);
int stack_store_add_waker(struct stack_store *store, uint64_t id, const struct waker_record *waker);

/*
 * Forgetting what no wait will be counted under any more. Everything is visited now and then
 * (stack_store_visit()), and what somebody has marked before the next visit. A count may have been made
 * just before a visit, and be read only after it: so only what was found unused in two visits goes.
 */
bool stack_store_is_due(const struct stack_store *store);
void stack_store_visit(struct stack_store *store);
void stack_store_mark(struct stack_store *store, uint64_t id);

/* Drops what has been unused for two visits. Returns 0 or -ENOMEM, with nothing dropped. */
int stack_store_sweep(struct stack_store *store);

/* What was added under the id, if anything was, is needed in the next interval as well. */
void stack_store_keep(struct stack_store *store, uint64_t id);

/* The interval ends: what was neither added nor kept in it goes. Without memory for that, nothing. */
void stack_store_end_interval(struct stack_store *store);

/* What was added under the id, as long as the store lives; NULL for nothing. */
const uint64_t *stack_store_find(const struct stack_store *store, uint64_t id);
const struct waker_record *stack_store_waker(const struct stack_store *store, uint64_t id);

#endif
