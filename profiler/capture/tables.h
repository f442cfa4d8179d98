/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * User space's side of bpf/stack_table.h: turns from one pair of tables to the
 * other and empties the one that was left, while the programs go on counting.
 */
#ifndef BOLOMETER_CAPTURE_TABLES_H
#define BOLOMETER_CAPTURE_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/shared.h"
#include "profiler/capture/stack_store.h"
#include "profiler/model/index.h"

struct late_row {
	struct count_key key;
	struct count_value value;
};

struct tables {
	/* Set by whoever loaded the programs. */
	int stacks_fd[2], counts_fd[2];
	int grace_fd, grace_inner_fd;
	int wakers_fd[2];
	uint32_t entries;			  /* size of each table */
	uint32_t waker_entries;			  /* 0: no wakers are asked for */
	bool full;				  /* no more of them are kept */
	bool keep;				  /* stacks and wakers, for waits that end later */
	volatile uint32_t *active; /* in the programs' memory: the interval's number, and in the last bit which */
	volatile uint64_t *stack_use, *count_use; /* two each, likewise */

	/* What was read last; reused. */
	struct stack_key *stack_keys;
	struct stack_chunk *chunks;
	struct index chunk_index;
	struct count_key *count_keys;
	struct count_value *count_values;
	uint64_t *waker_ids;
	struct waker_record *waker_records;

	/* What was ever read, with `keep`. */
	struct stack_store stacks, wakers;

	/* Rows that were read before a stack that they name. */
	struct late_row *late;
	size_t nr_late, cap_late;
};

/* One count and its stacks; words as in shared.h, NULL where there is none. */
struct table_row {
	const struct count_key *key;
	const struct count_value *value;
	const uint64_t *user;
	const uint64_t *kernel;
	bool stack_missing; /* the key names a stack that was not in the table */
};

/* The words of a stack by its id, NULL for none; a stack of the tables lives until they are read again. */
const uint64_t *tables_stack(const struct tables *tables, uint64_t id,
			     uint64_t words[STACK_WORDS_MAX]);

/* Room for reading. Returns 0 or -ENOMEM. */
int tables_init(struct tables *tables);
void tables_fini(struct tables *tables);

/* Whether a table is so full that it should be emptied now. */
bool tables_want_drain(const struct tables *tables);

/* Chunks and counts in the tables in use. */
uint64_t tables_in_use(const struct tables *tables);

/* Returns, 0 or -errno, when no program that runs now runs any more. */
int tables_wait(const struct tables *tables);

/*
 * Makes the programs use the other tables. When it returns 0, no program uses those that were
 * left, whose number is in ret_left; otherwise -errno.
 */
int tables_turn(struct tables *tables, uint32_t *ret_left);

/*
 * Makes the programs use the other tables for the next interval, and tells them its number. They go on
 * to use those that were left for threads that are not taken on to it (bpf/intervals.h).
 */
void tables_turn_interval(struct tables *tables, uint32_t *ret_left);

/*
 * Empties the tables that were left, calling `row` for every count, in no order; what `row` gets
 * lives until it returns. With `keep` a count may name stacks that are still to be added to
 * tables->stacks: unless they are `complete` now, it is kept back until a call when they are. Returns
 * 0, the first error of `row`, or -errno when a table could not be read.
 */
int tables_read(struct tables *tables, uint32_t left, bool complete,
		int (*row)(void *data, const struct table_row *row), void *data);

#endif
