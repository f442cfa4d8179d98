/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks of waits, and who ended them, by the ids that the programs gave them. A
 * wait may end long after the table with its stack was emptied, so they are kept
 * for as long as the capture lasts: each of them once, at its own length.
 */
#ifndef BOLOMETER_CAPTURE_STACK_STORE_H
#define BOLOMETER_CAPTURE_STACK_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/shared.h"
#include "profiler/model/alloc.h"
#include "profiler/model/index.h"

struct stored {
	uint64_t id;
	const void *what;
};

struct stack_store {
	struct arena arena;
	struct stored *stored;
	size_t count, cap;
	struct index index;
};

void stack_store_init(struct stack_store *store);
void stack_store_fini(struct stack_store *store);

/* A stack, header and frames as in shared.h; nothing changes when the id is known. 0 or -ENOMEM. */
int stack_store_add(struct stack_store *store, uint64_t id, const uint64_t *words);
int stack_store_add_waker(struct stack_store *store, uint64_t id, const struct waker_record *waker);

/* What was added under the id, as long as the store lives; NULL for nothing. */
const uint64_t *stack_store_find(const struct stack_store *store, uint64_t id);
const struct waker_record *stack_store_waker(const struct stack_store *store, uint64_t id);

#endif
