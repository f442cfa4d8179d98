// SPDX-License-Identifier: GPL-2.0-or-later
/* The books of threads: sums, accounts by number, and the threads that balance worst. */
#include "tests/unit/unit.h"

#include "profiler/capture/thread_books.h"

static struct thread_books books;

static int setup(void **state)
{
	memset(&books, 0, sizeof(books));
	return 0;
}

static int teardown(void **state)
{
	thread_books_fini(&books);
	return 0;
}

static struct thread_record record(uint32_t tgid, uint32_t tid, const char *comm)
{
	struct thread_record r = {.tgid = tgid, .tid = tid};

	strncpy(r.comm, comm, sizeof(r.comm));
	return r;
}

static void add(const struct thread_record *r)
{
	assert_int_equal(thread_books_add(&books, r), 0);
}

/* A thread that lived so long, and lacks so much of it. */
static void add_residual(uint32_t tid, uint64_t lifetime_ns, int64_t residual_ns)
{
	struct thread_record r = record(1, tid, "t");

	r.begin_ns = 1000;
	r.end_ns = 1000 + lifetime_ns;
	r.cpu_ns = lifetime_ns - (uint64_t)residual_ns;
	add(&r);
}

static void sums_are_those_of_all_records(void **state)
{
	struct circumstances about = {0};
	uint64_t random = 42, lifetime = 0, cpu = 0, blocked = 0, queued = 0;

	for (uint32_t i = 0; i < 2000; i++) {
		struct thread_record r = record(i / 7, i, "thread");

		r.begin_ns = random_u64(&random) >> 20;
		r.cpu_ns = random_below(&random, 1 << 30);
		r.blocked_ns = random_below(&random, 1 << 30);
		r.queued_ns = random_below(&random, 1 << 30);
		r.end_ns = r.begin_ns + r.cpu_ns + r.blocked_ns + r.queued_ns;
		add(&r);
		lifetime += r.end_ns - r.begin_ns;
		cpu += r.cpu_ns;
		blocked += r.blocked_ns;
		queued += r.queued_ns;
	}
	thread_books_describe(&books, &about);
	assert_int_equal(about.books.threads, 2000);
	assert_int_equal(about.books.lifetime_ns, lifetime);
	assert_int_equal(about.books.cpu_ns, cpu);
	assert_int_equal(about.books.blocked_ns, blocked);
	assert_int_equal(about.books.queued_ns, queued);
	assert_int_equal(about.books.residual_ns, 0);
	assert_int_equal(about.nr_residuals, 0);
	assert_int_equal(books.count, 2000);
	for (uint32_t i = 0; i < 2000; i++)
		assert_int_equal(thread_books_find(&books, i / 7, i)->tid, i);
}

static void a_number_that_is_used_again_has_one_account(void **state)
{
	struct thread_record r = record(5, 6, "first");

	assert_null(thread_books_find(&books, 5, 6));
	r.cpu_ns = 10;
	add(&r);
	r = record(5, 6, "second");
	r.cpu_ns = 20;
	add(&r);
	r = record(6, 6, "another process");
	r.cpu_ns = 40;
	add(&r);
	assert_int_equal(books.count, 2);
	assert_int_equal(books.sums.threads, 3);
	assert_int_equal(thread_books_find(&books, 5, 6)->ns[ACTIVITY_CPU].exact, 30);
	assert_string_equal(thread_books_find(&books, 5, 6)->comm, "second");
	assert_int_equal(thread_books_find(&books, 6, 6)->ns[ACTIVITY_CPU].exact, 40);
	assert_null(thread_books_find(&books, 6, 5));
}

/* What the waits that were looked at are scaled to, apart from what else the thread did. */
static void estimated_waits_are_kept_by_what_they_are(void **state)
{
	struct thread_record r = record(5, 6, "thread");
	const struct thread_account *account;

	r.cpu_ns = 1;
	r.blocked_ns = 1000;
	r.queued_ns = 2000;
	r.estimated = (struct estimated){
		.waits = 3,
		.blocked_ns = 500,
		.queueings = 2,
		.queued_ns = 700,
		.preemptions = 11,
		.preempted_ns = 1300,
	};
	add(&r);
	add(&r);
	account = thread_books_find(&books, 5, 6);
	assert_int_equal(account->ns[ACTIVITY_CPU].exact, 2);
	assert_int_equal(account->ns[ACTIVITY_BLOCKED].exact, 1000);
	assert_int_equal(account->ns[ACTIVITY_QUEUED].exact, 1400);
	assert_int_equal(account->ns[ACTIVITY_PREEMPTED].exact, 2600);
	assert_int_equal(account->waits[ACTIVITY_CPU].exact, 0);
	assert_int_equal(account->waits[ACTIVITY_BLOCKED].exact, 6);
	assert_int_equal(account->waits[ACTIVITY_QUEUED].exact, 4);
	assert_int_equal(account->waits[ACTIVITY_PREEMPTED].exact, 22);
}

static void the_worst_lack_the_largest_part_of_their_lives(void **state)
{
	struct circumstances about = {0};

	add_residual(1, 1000000, 500);	/* 0.05 % */
	add_residual(2, 1000, 100);	/* 10 % */
	add_residual(3, 1000, 0);	/* none */
	add_residual(4, 10000, -2000);	/* 20 % too much */
	add_residual(5, 100000, 15000); /* 15 % */
	thread_books_describe(&books, &about);
	assert_int_equal(about.nr_residuals, RESIDUALS_MAX);
	assert_int_equal(about.residuals[0].tid, 4);
	assert_int_equal(about.residuals[0].residual_ns, -2000);
	assert_int_equal(about.residuals[0].lifetime_ns, 10000);
	assert_int_equal(about.residuals[1].tid, 5);
	assert_int_equal(about.residuals[2].tid, 2);
	assert_int_equal(about.books.residual_ns, 500 + 100 + 2000 + 15000);
}

static void fewer_than_all_places_may_be_taken(void **state)
{
	struct circumstances about = {0};

	add_residual(1, 1000, 1);
	add_residual(2, 1000, 2);
	thread_books_describe(&books, &about);
	assert_int_equal(about.nr_residuals, 2);
	assert_int_equal(about.residuals[0].tid, 2);
	assert_int_equal(about.residuals[1].tid, 1);
}

static void the_order_does_not_depend_on_that_of_the_records(void **state)
{
	uint64_t random = 7;

	for (int round = 0; round < 200; round++) {
		uint32_t order[8];

		setup(NULL);
		random_order(&random, order, ARRAY_LEN(order));
		for (size_t i = 0; i < ARRAY_LEN(order); i++)
			add_residual(order[i], 1000, 1 + order[i]);
		for (uint32_t i = 0; i < RESIDUALS_MAX; i++)
			assert_int_equal(books.worst[i].tid, ARRAY_LEN(order) - 1 - i);
		teardown(NULL);
	}
}

static void names_need_no_end(void **state)
{
	struct thread_record r = record(1, 2, "sixteen letters!and more");

	r.end_ns = 100;
	add(&r);
	assert_memory_equal(thread_books_find(&books, 1, 2)->comm, "sixteen letters!", 16);
	assert_memory_equal(books.worst[0].name, "sixteen letters!", 16);
}

/* Of no length, or ending before it began: what is accounted for is too much. */
static void lives_of_no_length_are_counted(void **state)
{
	struct thread_record r = record(1, 2, "t");

	r.begin_ns = r.end_ns = 500;
	add(&r);
	assert_int_equal(books.nr_worst, 0);
	r = record(1, 3, "t");
	r.begin_ns = 500;
	r.end_ns = 400;
	add(&r);
	assert_int_equal(books.nr_worst, 0);
	assert_int_equal(books.sums.lifetime_ns, 0);
	add_residual(4, 1000, 999);
	r = record(1, 5, "t");
	r.begin_ns = r.end_ns = 500;
	r.queued_ns = 1;
	add(&r);
	assert_int_equal(books.sums.threads, 4);
	assert_int_equal(books.worst[0].tid,
			 5); /* worse than any part of a life that has a length */
	assert_int_equal(books.worst[0].residual_ns, -1);
	assert_int_equal(books.worst[1].tid, 4);
}

/* A machine that ran for a century: shares are compared without overflow. */
static void large_numbers_are_compared_right(void **state)
{
	const uint64_t century = 3155760000ULL * 1000000000;

	add_residual(1, century, (int64_t)(century / 2));
	add_residual(2, century - 1, (int64_t)(century / 2));
	add_residual(3, century, (int64_t)(century / 2) + 1);
	add_residual(4, century, -(int64_t)(century / 2) - 2);
	assert_int_equal(books.worst[0].tid, 4);
	assert_int_equal(books.worst[1].tid, 3);
	assert_int_equal(books.worst[2].tid, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(sums_are_those_of_all_records),
		TEST(a_number_that_is_used_again_has_one_account),
		TEST(estimated_waits_are_kept_by_what_they_are),
		TEST(the_worst_lack_the_largest_part_of_their_lives),
		TEST(fewer_than_all_places_may_be_taken),
		TEST(the_order_does_not_depend_on_that_of_the_records),
		TEST(names_need_no_end),
		TEST(lives_of_no_length_are_counted),
		TEST(large_numbers_are_compared_right),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
