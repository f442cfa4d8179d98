// SPDX-License-Identifier: GPL-2.0-or-later
/* Adding up threads; see thread_books.h. */
#include "profiler/capture/thread_books.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/hash.h"
#include "profiler/model/profile.h"

void thread_books_fini(struct thread_books *books)
{
	free(books->accounts);
	index_fini(&books->index);
	*books = (struct thread_books){0};
}

static uint64_t magnitude(int64_t number)
{
	return number < 0 ? -(uint64_t)number : (uint64_t)number;
}

/* Of two threads the one that lacks the larger part of its life. */
static bool is_worse(const struct thread_residual *a, const struct thread_residual *b)
{
	return (unsigned __int128)magnitude(a->residual_ns) * b->lifetime_ns >
	       (unsigned __int128)magnitude(b->residual_ns) * a->lifetime_ns;
}

static void note_worst(struct thread_books *books, const struct thread_residual *thread)
{
	size_t at = books->nr_worst;

	if (!thread->residual_ns)
		return;
	while (at && is_worse(thread, &books->worst[at - 1]))
		at--;
	if (at == RESIDUALS_MAX)
		return;
	if (books->nr_worst < RESIDUALS_MAX)
		books->nr_worst++;
	memmove(&books->worst[at + 1], &books->worst[at],
		(books->nr_worst - at - 1) * sizeof(*books->worst));
	books->worst[at] = *thread;
}

static uint32_t account_hash(uint32_t tgid, uint32_t tid)
{
	return hash_u64s(tgid, tid);
}

struct thread_account *thread_books_find(const struct thread_books *books, uint32_t tgid,
					 uint32_t tid)
{
	struct index_probe at = index_probe(&books->index, account_hash(tgid, tid));

	while (index_next(&books->index, &at)) {
		struct thread_account *account = &books->accounts[at.id];

		if (account->tgid == tgid && account->tid == tid)
			return account;
	}
	return NULL;
}

static int add_account(struct thread_books *books, uint32_t tgid, uint32_t tid, uint64_t begin_ns)
{
	int err = ARRAY_RESERVE(books->accounts, books->cap, books->count + 1);

	if (!err)
		err = index_insert(&books->index, account_hash(tgid, tid),
				   (uint32_t)books->count);
	if (!err)
		books->accounts[books->count++] =
			(struct thread_account){.tgid = tgid, .tid = tid, .begin_ns = begin_ns};
	return err;
}

int thread_books_add(struct thread_books *books, const struct thread_record *record)
{
	bool own = !books->numbers ||
		   thread_numbers_keep(books->numbers, record->tgid, record->tid);
	uint32_t tgid = own ? record->tgid : TASK_ID_UNKNOWN;
	uint32_t tid = own ? record->tid : TASK_ID_UNKNOWN;
	struct thread_account *account = thread_books_find(books, tgid, tid);
	uint64_t accounted_ns = record->cpu_ns + record->blocked_ns + record->queued_ns;
	uint64_t lifetime_ns =
		record->end_ns > record->begin_ns ? record->end_ns - record->begin_ns : 0;
	struct thread_residual residual = {
		.tid = record->tid,
		.lifetime_ns = lifetime_ns,
		.residual_ns = (int64_t)(lifetime_ns - accounted_ns),
	};
	int err;

	if (!account) {
		err = add_account(books, tgid, tid, record->begin_ns);
		if (err)
			return err;
		account = &books->accounts[books->count - 1];
	}
	if (account->begin_ns > record->begin_ns)
		account->begin_ns = record->begin_ns;
	if (account->end_ns < record->end_ns)
		account->end_ns = record->end_ns;
	account->ns[ACTIVITY_CPU].exact += record->cpu_ns;
	account->ns[ACTIVITY_BLOCKED].exact += record->estimated.blocked_ns;
	account->ns[ACTIVITY_QUEUED].exact += record->estimated.queued_ns;
	account->ns[ACTIVITY_PREEMPTED].exact += record->estimated.preempted_ns;
	account->waits[ACTIVITY_BLOCKED].exact += record->estimated.waits;
	account->waits[ACTIVITY_QUEUED].exact += record->estimated.queueings;
	account->waits[ACTIVITY_PREEMPTED].exact += record->estimated.preemptions;
	if (own)
		memcpy(account->comm, record->comm, sizeof(account->comm));
	else
		snprintf(account->comm, sizeof(account->comm), "[many threads]");
	memcpy(residual.name, record->comm, sizeof(residual.name));
	books->sums.threads++;
	books->sums.lifetime_ns += lifetime_ns;
	books->sums.cpu_ns += record->cpu_ns;
	books->sums.blocked_ns += record->blocked_ns;
	books->sums.queued_ns += record->queued_ns;
	books->sums.residual_ns += magnitude(residual.residual_ns);
	note_worst(books, &residual);
	return 0;
}

void thread_books_describe(const struct thread_books *books, struct circumstances *about)
{
	about->books = books->sums;
	memcpy(about->residuals, books->worst, sizeof(about->residuals));
	about->nr_residuals = books->nr_worst;
}
