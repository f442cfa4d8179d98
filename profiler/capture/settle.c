// SPDX-License-Identifier: GPL-2.0-or-later
/* Sharing out what the books know; see settle.h. */
#include "profiler/capture/settle.h"

#include <stdbool.h>

#include "profiler/model/alloc.h"
#include "profiler/model/markers.h"
#include "profiler/model/view.h"
#include "profiler/proc/host.h"

/* Which of a thread's amounts a value of a sample is a part of; NULL for none. */
static struct amount *amount_of(struct thread_account *account, const struct sample *sample,
				enum activity_value value)
{
	enum activity activity = (enum activity)sample->activity;

	if (activity == ACTIVITY_CPU)
		return value == ACTIVITY_NS ? &account->ns[activity] : NULL;
	if (!sample->estimated)
		return NULL;
	if (value == ACTIVITY_NS)
		return &account->ns[activity];
	return value == ACTIVITY_WAITS ? &account->waits[activity] : NULL;
}

/*
 * By what a sample's part of an amount is measured: the samples of a running thread are so many ticks
 * of a clock, waits have the lengths that they had.
 */
static uint64_t weight_of(const struct profile *profile, size_t sample, enum activity_value value)
{
	if (profile->samples[sample].activity == ACTIVITY_CPU)
		value = ACTIVITY_EVENTS;
	return (uint64_t)profile->values[sample * profile->about.nr_values + value];
}

static struct thread_account *account_of(const struct profile *profile, struct thread_books *books,
					 size_t sample)
{
	const struct task *task = &profile->tasks[profile->samples[sample].task];

	return thread_books_find(books, task->tgid, task->tid);
}

/* Its part: what is due up to and with this sample, less what those before it got. */
static uint64_t take_part(struct amount *amount, uint64_t weight)
{
	uint64_t due, part;

	amount->passed += weight;
	due = (uint64_t)((unsigned __int128)amount->exact * amount->passed / amount->weight);
	part = due - amount->given;
	amount->given = due;
	return part;
}

/* Squares grow with the number of waits, as the time does. CPU time has none. */
static int scale_squares(struct profile *profile, size_t sample, uint64_t ns_before,
			 uint64_t ns_after)
{
	const int64_t *values = &profile->values[sample * profile->about.nr_values];
	unsigned __int128 squares = (uint64_t)values[ACTIVITY_SQUARES];

	if (!squares || !ns_before)
		return 0;
	squares = squares * ns_after / ns_before;
	return profile_set_value(profile, sample, ACTIVITY_SQUARES,
				 squares > INT64_MAX ? INT64_MAX : (int64_t)squares);
}

static int settle_value(struct profile *profile, struct thread_account *account, size_t sample,
			enum activity_value value)
{
	struct amount *amount = amount_of(account, &profile->samples[sample], value);
	uint64_t before, after;
	int err;

	if (!amount || !amount->weight)
		return 0;
	before = weight_of(profile, sample, value);
	after = take_part(amount, before);
	err = profile_set_value(profile, sample, value, (int64_t)after);
	if (!err && value == ACTIVITY_NS)
		err = scale_squares(profile, sample, before, after);
	return err;
}

static const enum activity_value settled[] = {ACTIVITY_NS, ACTIVITY_WAITS};

static void weigh(const struct profile *profile, struct thread_account *account, size_t sample)
{
	for (size_t i = 0; i < ARRAY_LEN(settled); i++) {
		struct amount *amount = amount_of(account, &profile->samples[sample], settled[i]);

		if (amount)
			amount->weight += weight_of(profile, sample, settled[i]);
	}
}

/* What stands above the stack that there is none of. */
static int push_top(struct rows *rows, enum activity activity, uint32_t *stack)
{
	if (activity == ACTIVITY_CPU)
		return 0;
	if (activity == ACTIVITY_BLOCKED)
		return normalize_name(rows->normalizer, MARKER_WAITS "unknown]", FRAME_WAITING,
				      stack);
	return normalize_name(rows->normalizer, MARKER_RUN_QUEUE, FRAME_RUN_QUEUE, stack);
}

/* A sample for what no sample of the thread stands for. */
static int add_rest(struct rows *rows, const struct thread_account *account, enum activity activity)
{
	const struct walked walked = {account->tgid, host_monotonic_ns()};
	const struct amount *ns = &account->ns[activity], *waits = &account->waits[activity];
	const int64_t values[ACTIVITY_VALUES] = {
		[ACTIVITY_NS] = ns->weight ? 0 : (int64_t)ns->exact,
		[ACTIVITY_WAITS] = waits->weight ? 0 : (int64_t)waits->exact,
	};
	struct sample sample = {
		.stack = STACK_EMPTY,
		.cpu = CPU_NONE,
		.cgroup = CGROUP_NONE,
		.activity = activity,
	};
	uint32_t id;
	int err;

	if (!values[ACTIVITY_NS] && !values[ACTIVITY_WAITS])
		return 0;
	err = rows_add_task(rows, account->tid, account->comm, &walked, &sample.task);
	if (!err)
		err = normalize_name(rows->normalizer,
				     activity == ACTIVITY_CPU ? MARKER_UNSAMPLED : MARKER_UNWALKED,
				     FRAME_MARKER, &sample.stack);
	if (!err)
		err = push_top(rows, activity, &sample.top);
	if (!err)
		err = profile_add_sample_id(rows->normalizer->profile, &sample, values, &id);
	/* When within the thread's life that was is not known. */
	return err ? err
		   : slices_add(&rows->normalizer->profile->slices, id, account->begin_ns,
				account->end_ns, (uint64_t)values[ACTIVITY_NS]);
}

/* Without sampling there is nothing that CPU time could be shared out among. */
static int add_rests(struct rows *rows, const struct thread_books *books)
{
	int err = 0;

	for (size_t i = 0; i < books->count && !err; i++) {
		for (int activity = rows->sampled ? ACTIVITY_CPU : ACTIVITY_BLOCKED;
		     activity < ACTIVITY_COUNT && !err; activity++)
			err = add_rest(rows, &books->accounts[i], (enum activity)activity);
	}
	return err;
}

int settle(struct rows *rows, struct thread_books *books)
{
	struct profile *profile = rows->normalizer->profile;
	size_t nr_samples = profile->nr_samples;
	int err = 0;

	for (size_t i = 0; i < nr_samples; i++) {
		struct thread_account *account = account_of(profile, books, i);

		if (account)
			weigh(profile, account, i);
	}
	for (size_t i = 0; i < nr_samples && !err; i++) {
		struct thread_account *account = account_of(profile, books, i);

		for (size_t v = 0; account && v < ARRAY_LEN(settled) && !err; v++)
			err = settle_value(profile, account, i, settled[v]);
	}
	return err ? err : add_rests(rows, books);
}
