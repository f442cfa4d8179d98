// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The limit of the tool's own time: what is estimated from the waits that were looked at is right on
 * average, whatever the lengths are, and what it will be settled to is right to the nanosecond; long
 * waits are never scaled; and the limit is kept.
 */
#include "tests/unit/waits_host.h"

#include <math.h>

#define WALK_NS	  3000
#define BUDGET_NS (LIMIT_WINDOW_NS / 30)
#define RUN_NS	  2000
#define WAITS	  24000 /* of one run, whatever time they take: that would depend on their lengths */
#define RUNS	  64

#define LIMIT_WINDOW_NS (1ULL << LIMIT_WINDOW_SHIFT)
#define WINDOWS_MAX	4096

/* How long waits are, in ns. */
typedef uint64_t lengths(uint64_t *random);

/* A power law from 2 us on: a few waits are most of the time. */
static uint64_t heavy_tailed(uint64_t *random)
{
	double u = (random_below(random, 1 << 30) + 1.0) / (1 << 30);
	double ns = 2000 * pow(u, -1 / 1.2);

	return ns < 5e7 ? (uint64_t)ns : 50000000;
}

/* The short ones are many, the others the time. */
static uint64_t bimodal(uint64_t *random)
{
	return random_below(random, 500) ? 3000 + random_below(random, 1000)
					 : 900000 + random_below(random, 4000000);
}

/* Every length says what the next will be: what is looked at must not depend on it. */
static uint64_t alternating(uint64_t *random)
{
	static bool is_short;

	is_short = !is_short;
	return is_short ? 2000 + random_below(random, 100) : 60000 + random_below(random, 100);
}

struct totals {
	double ns, waits;
};

static struct totals estimated(void)
{
	struct totals sum = {0};

	for (uint32_t i = 0; i < host.nr_counts; i++) {
		sum.ns += (double)host.counts[i].value.blocked.ns;
		sum.ns += (double)host.counts[i].value.queued.ns;
		sum.waits += (double)host.counts[i].value.blocked.waits;
	}
	return sum;
}

static struct host_task worker, idle;
static double windows[WINDOWS_MAX];  /* what was spent in each */
static double noticing[WINDOWS_MAX]; /* of it, where nothing was looked at */

static void spend(void)
{
	static uint64_t walks;
	uint64_t window = host.now_ns >> LIMIT_WINDOW_SHIFT;

	if (host.walks < walks)
		walks = 0;
	assert_true(window < WINDOWS_MAX);
	noticing[window] += LIMIT_SWITCH_NS + LIMIT_WAKING_NS;
	windows[window] += LIMIT_SWITCH_NS + LIMIT_WAKING_NS + (double)((host.walks - walks) * WALK_NS);
	walks = host.walks;
}

/*
 * One wait of that length, a tenth of it in the run queue. It is counted when the next one begins: what
 * is returned is what the one before added to the estimate.
 */
static struct totals wait_for(uint64_t ns)
{
	unsigned long long ctx[4] = {[3] = TASK_INTERRUPTIBLE};
	struct totals before = estimated(), after;
	uint64_t start_ns;

	host.now_ns += RUN_NS;
	host.current = &worker;
	start_ns = host.now_ns;
	worker.task.__state = TASK_INTERRUPTIBLE;
	switch_threads(ctx, false, &worker.task, &idle.task);
	after = estimated();
	host.now_ns = start_ns + ns - ns / 10;
	host.current = &idle;
	wake_thread(NULL, &worker.task);
	worker.task.__state = 0;
	host.now_ns = start_ns + ns;
	ctx[3] = 0;
	switch_threads(ctx, false, &idle.task, &worker.task); /* its stack is walked here */
	spend();
	return (struct totals){after.ns - before.ns, after.waits - before.waits};
}

static void begin(uint64_t seed)
{
	host_reset(seed);
	memset(windows, 0, sizeof(windows));
	memset(noticing, 0, sizeof(noticing));
	free(worker.storage);
	memset(&worker, 0, sizeof(worker));
	worker.task.pid = worker.task.tgid = 1;
	want_user = false;
	host.get_stack_ns = WALK_NS;
	host.now_ns = 1000;
	limit_budget_ns = BUDGET_NS;
	capture_begin_ns = 1;
	assert_non_null(thread_watch(&worker.task, false));
	((struct thread *)worker.storage)->state = THREAD_RUNNING;
	((struct thread *)worker.storage)->since_ns = host.now_ns;
}

/* What stands for itself, and what the rest will be scaled to, is all there was. */
static void check_settled(const struct totals *is)
{
	const struct estimated *sums = &((struct thread *)worker.storage)->sums[0].estimated;
	uint64_t ns = sums->blocked_ns + sums->queued_ns, waits = sums->waits;

	assert_int_equal(sums->queueings, sums->waits);
	assert_int_equal(sums->preemptions, 0);
	for (uint32_t i = 0; i < host.nr_counts; i++) {
		const struct count_value *value = &host.counts[i].value;

		if (host.counts[i].key.flags & COUNT_ESTIMATED)
			continue;
		ns += value->blocked.ns + value->queued.ns;
		waits += value->blocked.waits;
		assert_int_equal(value->blocked.waits, value->count);
	}
	assert_true((double)ns == is->ns && (double)waits == is->waits);
}

/* A run; checks each wait alone. */
static void run(uint64_t seed, lengths *length, struct totals *ret_estimate,
		struct totals *ret_true)
{
	uint64_t random = seed * 0x9e3779b97f4a7c15ULL, ns = 0;

	begin(seed * 0xd6e8feb86659fd93ULL);
	*ret_estimate = *ret_true = (struct totals){0};
	for (int i = 0; i <= WAITS; i++) {
		uint64_t next_ns = length(&random);
		struct totals got =
			wait_for(next_ns); /* of the one before: there is none at first */

		assert_true(got.waits == 0 || got.ns == got.waits * (double)ns);
		if (ns >= LIMIT_LONG_NS)
			assert_true(got.waits == 1);
		ret_estimate->ns += got.ns;
		ret_estimate->waits += got.waits;
		ret_true->ns += (double)ns;
		ret_true->waits += !!i;
		ns = next_ns;
	}
	check_settled(ret_true);
	host_check_fates();
	assert_int_equal(host_fate(FATE_FIRED), WAITS);
	assert_int_equal(host_fate(FATE_FIRED),
			 host_fate(FATE_RECORDED) + host_fate(FATE_ESTIMATED));
}

/*
 * What is spent in a window: half the budget more for every doubling of the interval, of which there
 * are as many as fit between its least and its most, and 1 from nothing; and what cannot be avoided.
 */
static void check_spending(void)
{
	double most = BUDGET_NS + WALK_NS, sum = 0, count = 0;

	for (uint64_t i = LIMIT_INTERVAL_MIN_NS; i <= LIMIT_INTERVAL_MAX_NS; i *= 2)
		most += BUDGET_NS / 2;
	for (uint64_t i = 0; i < host.now_ns >> LIMIT_WINDOW_SHIFT; i++) {
		assert_true(windows[i] <= most + noticing[i]);
		if (i < 2)
			continue; /* it takes one to find the interval */
		sum += windows[i];
		count++;
	}
	/*
	 * Where the load stays as it is, the interval is halved when less than half was spent, after
	 * which it is the whole budget at the most; beyond that, half of what there is too much.
	 */
	assert_true(sum <= count * 1.5 * BUDGET_NS);
}

static void check_estimates(lengths *length)
{
	double sum = 0, squares = 0, waits = 0, waits_squares = 0, error, waits_error;
	double looked_at = 0;

	for (uint64_t seed = 1; seed <= RUNS; seed++) {
		struct totals estimate, is;
		double ratio;

		run(seed, length, &estimate, &is);
		check_spending();
		looked_at += (double)host.walks;
		ratio = estimate.ns / is.ns;
		sum += ratio;
		squares += ratio * ratio;
		ratio = estimate.waits / is.waits;
		waits += ratio;
		waits_squares += ratio * ratio;
	}
	/* Standard errors of the means. Chance makes them more than four of these once in 16,000. */
	error = sqrt((squares / RUNS - sum / RUNS * sum / RUNS) / (RUNS - 1));
	waits_error = sqrt((waits_squares / RUNS - waits / RUNS * waits / RUNS) / (RUNS - 1));
	assert_true(fabs(sum / RUNS - 1) <= 4 * error);
	assert_true(fabs(waits / RUNS - 1) <= 4 * waits_error);
	/* It would say nothing if there were no limit, or if the errors were large. */
	assert_true(limit_one_in > 1 && looked_at < 0.6 * RUNS * WAITS);
	assert_true(error < 0.02 && waits_error < 0.02);
}

static void heavy_tails_are_estimated_right(void **state)
{
	check_estimates(heavy_tailed);
}

static void bimodal_lengths_are_estimated_right(void **state)
{
	check_estimates(bimodal);
}

static void alternating_lengths_are_estimated_right(void **state)
{
	check_estimates(alternating);
}

static void without_a_limit_everything_is_looked_at(void **state)
{
	begin(1);
	limit_budget_ns = 0;
	for (int i = 0; i < 1000; i++)
		assert_true(wait_for(4000).waits == !!i);
	assert_int_equal(host.walks, 1000);
	assert_int_equal(limit_one_in, 0);
}

static void rare_waits_are_always_looked_at(void **state)
{
	begin(1);
	for (int i = 0; i < 20000; i++)
		wait_for(4000); /* until the interval is long */
	for (int i = 0; i < 100; i++) {
		wait_for(LIMIT_INTERVAL_MAX_NS);
		if (i) /* the one before was as long */
			assert_int_equal(((struct thread *)worker.storage)->wait.one_in, 1);
	}
}

/* Since they are there for others' chains only. */
static void bystanders_are_looked_at_less(void **state)
{
	struct thread target = {.left_ns = 1000}, bystander = {.left_ns = 1000, .bystander = 1};
	struct limit limit = {.interval_ns = LIMIT_INTERVAL_MIN_NS};

	for (; limit.interval_ns <= LIMIT_INTERVAL_MAX_NS; limit.interval_ns *= 2) {
		for (uint64_t ns = 100; ns < 2 * LIMIT_INTERVAL_MAX_NS; ns += ns / 3) {
			uint32_t one_in = limit_one_in_now(&limit, &target, 1000 + ns);
			uint32_t less = limit_one_in_now(&limit, &bystander, 1000 + ns);

			assert_true(one_in == 1 || ns < limit.interval_ns);
			assert_true(less >= one_in && less <= LIMIT_ONE_IN_MAX);
			assert_false(one_in & (one_in - 1) || less & (less - 1));
			if (one_in > 1 && one_in < LIMIT_ONE_IN_MAX / 32)
				assert_true(less >= one_in * 8 && less <= one_in * 32);
		}
	}
	assert_int_equal(limit_one_in_now(NULL, &bystander, 1001), 1);
}

/* One wait in so many, whoever counts. */
static void picks_are_one_in_so_many(void **state)
{
	struct limit limit = {0};

	host_reset(9);
	for (uint32_t one_in = 1; one_in <= 1024; one_in *= 4) {
		double picks = 0, trials = 400000, should = trials / one_in;

		for (int i = 0; i < (int)trials; i++)
			picks += limit_picks(&limit, one_in);
		assert_true(fabs(picks - should) <= 4 * sqrt(should));
	}
}

static int teardown(void **state)
{
	free(worker.storage);
	worker.storage = NULL;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heavy_tails_are_estimated_right),
		cmocka_unit_test(bimodal_lengths_are_estimated_right),
		cmocka_unit_test(alternating_lengths_are_estimated_right),
		cmocka_unit_test(without_a_limit_everything_is_looked_at),
		cmocka_unit_test(rare_waits_are_always_looked_at),
		cmocka_unit_test(bystanders_are_looked_at_less),
		cmocka_unit_test(picks_are_one_in_so_many),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
