// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows to samples; see rows.h. */
#include "profiler/capture/rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/capture/wait_name.h"
#include "profiler/model/markers.h"
#include "profiler/model/view.h"
#include "profiler/proc/host.h"

/* ---- whose ---- */

static struct walked walked_of(const struct table_row *row)
{
	return (struct walked){row->key->tgid, row->value->last_ns};
}

int rows_add_task(struct rows *rows, uint32_t tid, const char comm[SHARED_COMM_LEN],
		  const struct walked *walked, uint32_t *ret_task)
{
	struct profile *profile = rows->normalizer->profile;
	const struct image *image = normalize_image(rows->normalizer, walked);
	struct task task = {.tgid = walked->tgid, .tid = tid};
	int err = strings_intern(profile->strings, comm, strnlen(comm, SHARED_COMM_LEN),
				 &task.thread_name);

	if (rows->numbers && !thread_numbers_keep(rows->numbers, walked->tgid, tid))
		task.tgid = task.tid = TASK_ID_UNKNOWN;

	if (!err && image)
		err = strings_intern_z(profile->strings, image->name, &task.process_name);
	return err ? err : profile_add_task(profile, &task, ret_task);
}

static int cgroup_name(struct rows *rows, uint64_t id, uint32_t *ret_name)
{
	char *path = host_cgroup_path(rows->cgroup_fd, id);
	char number[40];
	int err;

	snprintf(number, sizeof(number), "[cgroup %llu]", (unsigned long long)id);
	err = strings_intern_z(rows->normalizer->profile->strings, path ? path : number, ret_name);
	free(path);
	return err;
}

/* All of a sample but its stacks. */
static int begin_sample(struct rows *rows, const struct table_row *row, struct sample *sample)
{
	const struct walked walked = walked_of(row);
	int err;

	*sample = (struct sample){.stack = STACK_EMPTY, .cgroup = CGROUP_NONE};
	sample->cpu = row->key->cpu == SHARED_NO_CPU ? CPU_NONE : row->key->cpu;
	sample->estimated = !!(row->key->flags & COUNT_ESTIMATED);
	err = rows_add_task(rows, row->key->tid, row->key->comm, &walked, &sample->task);
	if (!err && row->key->cgroup)
		err = cgroup_name(rows, row->key->cgroup, &sample->cgroup);
	return err;
}

/* The sample is in the profile already: without memory it has no slices, nor have others then. */
static void add_slices(struct rows *rows, uint32_t sample, uint64_t from_ns, uint64_t to_ns,
		       uint64_t weight)
{
	struct slices *slices = &rows->normalizer->profile->slices;

	if (slices_add(slices, sample, from_ns, to_ns, weight))
		slices_give_up(slices);
}

/* Samples of one row are of one slice, as the tables are turned with it; more precisely, of its end. */
static void add_moment(struct rows *rows, uint32_t sample, const struct table_row *row,
		       uint64_t weight)
{
	add_slices(rows, sample, row->value->last_ns, row->value->last_ns, weight);
}

/* ---- samples on the CPU ---- */

static int add_cpu(struct rows *rows, const struct table_row *row, struct sample *sample)
{
	int64_t count = (int64_t)row->value->count, ns = count * (int64_t)rows->sample_ns;
	int64_t values[VALUE_TYPES_MAX] = {count, ns};
	uint32_t id;
	int err;

	sample->activity = ACTIVITY_CPU;
	err = profile_add_sample_id(rows->normalizer->profile, sample, values, &id);
	if (!err)
		add_moment(rows, id, row, row->value->count);
	return err;
}

/* ---- waits ---- */

/* Squares of 0.1 ms, rounded once. */
static int64_t squares(const struct wait_sum *sum)
{
	unsigned __int128 us = (unsigned __int128)sum->squares_ms * 1000000 + sum->squares_us;
	unsigned __int128 units = (us + 5000) / 10000;

	return units > INT64_MAX / 2 ? INT64_MAX / 2 : (int64_t)units;
}

/*
 * The time of waits into the slices: the first one's to where it was, the others' to where the row's
 * last one was, since all of them are of one slice.
 */
static void add_times(struct rows *rows, uint32_t sample, const struct table_row *row,
		      enum activity activity, const struct wait_sum *sum)
{
	const struct count_value *value = row->value;
	uint64_t from_ns = value->first_ns, length_ns = value->first_blocked_ns, first_ns;

	if (activity != ACTIVITY_BLOCKED) {
		from_ns += value->first_blocked_ns;
		length_ns = value->first_queued_ns;
	}
	first_ns = length_ns * value->first_weight;
	if (first_ns > sum->ns)
		first_ns = sum->ns;
	add_slices(rows, sample, from_ns, from_ns + length_ns, first_ns);
	add_moment(rows, sample, row, sum->ns - first_ns);
}

static int add_activity(struct rows *rows, const struct table_row *row, const struct sample *sample,
			enum activity activity, const struct wait_sum *sum, uint64_t events)
{
	struct sample of_activity = *sample;
	const int64_t values[ACTIVITY_VALUES] = {
		[ACTIVITY_EVENTS] = (int64_t)events,
		[ACTIVITY_NS] = (int64_t)sum->ns,
		[ACTIVITY_WAITS] = (int64_t)sum->waits,
		[ACTIVITY_LONGEST] = (int64_t)sum->longest_ns,
		[ACTIVITY_SQUARES] = squares(sum),
	};
	uint32_t id;
	int err;

	of_activity.activity = activity;
	err = profile_add_sample_id(rows->normalizer->profile, &of_activity, values, &id);
	if (!err)
		add_times(rows, id, row, activity, sum);
	return err;
}

static int push_cut(struct rows *rows, uint32_t cut, uint32_t *stack)
{
	static const char *const words[] = {
		[COUNT_CUT_BEGIN] = MARKER_CUT "began before the capture]",
		[COUNT_CUT_END] = MARKER_CUT_END,
		[COUNT_CUT_BEGIN | COUNT_CUT_END] = MARKER_CUT_WHOLE,
	};

	cut &= COUNT_CUT_BEGIN | COUNT_CUT_END;
	return cut ? normalize_name(rows->normalizer, words[cut], FRAME_MARKER, stack) : 0;
}

static int name_rival(struct rows *rows, const char comm[SHARED_COMM_LEN], uint32_t *ret_rival)
{
	char name[SHARED_COMM_LEN + sizeof(MARKER_INSTEAD) + 2];
	int len = snprintf(name, sizeof(name), MARKER_INSTEAD "%.*s]", SHARED_COMM_LEN, comm);
	uint32_t location;
	int err = 0;

	*ret_rival = 0;
	if (!*comm)
		return 0;
	err = profile_add_name(rows->normalizer->profile, name, (size_t)len, FRAME_MARKER,
			       &location);
	if (!err)
		*ret_rival = location + 1;
	return err;
}

/* The root of a waker's stack: its name, or what interrupted. */
static int push_waker_name(struct rows *rows, const struct waker_record *waker, uint32_t *stack)
{
	char name[SHARED_COMM_LEN + 1];

	if (waker->context != WAKER_THREAD)
		return normalize_name(rows->normalizer, MARKER_INTERRUPT, FRAME_MARKER, stack);
	snprintf(name, sizeof(name), "%.*s", SHARED_COMM_LEN, waker->comm);
	return normalize_name(rows->normalizer, *name ? name : "[no name]", FRAME_GROUP, stack);
}

/* WAKER_NONE for one that is not known: it is not whoever had woken it that did this. */
static int add_waker(struct rows *rows, uint64_t id, uint32_t next, uint32_t *ret_id)
{
	const struct waker_record *record = stack_store_waker(&rows->tables->wakers, id);
	uint64_t user[STACK_WORDS_MAX], kernel[STACK_WORDS_MAX];
	struct waker waker = {.stack = STACK_EMPTY, .next = next};
	int err;

	*ret_id = WAKER_NONE;
	if (!record)
		return 0;
	err = push_waker_name(rows, record, &waker.stack);
	if (!err)
		err = normalize_stacks(
			rows->normalizer, &(struct walked){record->tgid, record->time_ns},
			tables_stack(rows->tables, record->user_stack, user),
			tables_stack(rows->tables, record->kernel_stack, kernel), &waker.stack);
	return err ? err : profile_add_waker(rows->normalizer->profile, &waker, ret_id);
}

/* Whoever woke the waker comes first, as wakers refer to those before them. */
static int add_wakers(struct rows *rows, const struct table_row *row, uint32_t *ret_waker)
{
	uint32_t waker = WAKER_NONE, known = 0;
	int err = 0;

	while (known < WAKERS_MAX && row->key->wakers[known] != STACK_ID_NONE)
		known++;
	while (known-- > 0 && !err)
		err = add_waker(rows, row->key->wakers[known], waker, &waker);
	*ret_waker = waker == WAKER_NONE ? 0 : waker + 1;
	return err;
}

static int add_blocked(struct rows *rows, const struct table_row *row, struct sample *sample)
{
	char name[WAIT_NAME_LEN];
	int err;

	wait_name(name, row->key);
	sample->top = STACK_EMPTY;
	err = normalize_name(rows->normalizer, name, FRAME_WAITING, &sample->top);
	if (!err)
		err = push_cut(rows, row->key->cut, &sample->top);
	if (!err)
		err = add_wakers(rows, row, &sample->waker);
	return err ? err
		   : add_activity(rows, row, sample, ACTIVITY_BLOCKED, &row->value->blocked,
				  row->value->count);
}

/* `events` is what the row counts, or 0 where the time blocked before stands for it already. */
static int add_queued(struct rows *rows, const struct table_row *row, struct sample *sample,
		      enum activity activity, uint64_t events)
{
	int err;

	sample->top = STACK_EMPTY;
	sample->waker = 0;
	err = normalize_name(rows->normalizer, MARKER_RUN_QUEUE, FRAME_RUN_QUEUE, &sample->top);
	if (!err)
		err = push_cut(rows, row->key->cut, &sample->top);
	if (!err)
		err = name_rival(rows, row->key->rival, &sample->rival);
	return err ? err : add_activity(rows, row, sample, activity, &row->value->queued, events);
}

/* What stands for a stack that a wait has not. */
static const char *instead_of_stack(const struct table_row *row)
{
	if (row->key->flags & COUNT_NEW)
		return MARKER_NEW;
	return row->key->flags & COUNT_UNWALKED ? MARKER_UNWALKED : NULL;
}

static int add_wait(struct rows *rows, const struct table_row *row, struct sample *sample)
{
	int err;

	if (row->key->activity == COUNT_PREEMPTED)
		return add_queued(rows, row, sample, ACTIVITY_PREEMPTED, row->value->count);
	err = add_blocked(rows, row, sample);
	if (!err && row->value->queued.waits)
		err = add_queued(rows, row, sample, ACTIVITY_QUEUED, 0);
	else
		return err;
	/* The event is in the profile already. */
	if (err != -ENOSPC && err != -ENOMEM)
		return err;
	rows->waits_halved += row->value->queued.waits;
	return 0;
}

/* ---- both ---- */

static int add(struct rows *rows, const struct table_row *row)
{
	const struct walked walked = walked_of(row);
	bool is_wait = row->key->activity != COUNT_CPU;
	const char *instead = is_wait ? instead_of_stack(row) : NULL;
	struct sample sample;
	int err = begin_sample(rows, row, &sample);

	if (!err)
		err = normalize_stacks(rows->normalizer, &walked, row->user, row->kernel,
				       &sample.stack);
	if (!err && sample.stack == STACK_EMPTY && !is_wait)
		instead = MARKER_NO_STACK;
	if (!err && instead)
		err = normalize_name(rows->normalizer, instead, FRAME_MARKER, &sample.stack);
	if (!err)
		err = is_wait ? add_wait(rows, row, &sample) : add_cpu(rows, row, &sample);
	return err;
}

int rows_add(struct rows *rows, const struct table_row *row)
{
	int err;

	if (row->stack_missing) {
		rows->stack_missing += row->value->count;
		return 0;
	}
	err = add(rows, row);
	if (!err)
		rows->recorded += row->value->count;
	if (err != -ENOSPC && err != -ENOMEM)
		return err;
	rows->memory_full += row->value->count;
	return 0;
}
