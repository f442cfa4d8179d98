// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wait_condvar [WAKEUPS]: a chain of three threads, each woken by the one before. Compiled
 * without frame pointers.
 *
 *	thread     waits in      woken by
 *	starter    starter_rest  a timer, every 5 ms; then writes a byte in starter_path
 *	signaller  relay_path    the byte; then signals in signal_outer > signal_middle > signal_inner
 *	waiter     wait_path     the condition variable
 *
 * Right answer: every wait in wait_path ends by that call path, and whoever ended the
 * signaller's wait before it was in starter_path. Prints the time off the CPU in the three.
 */
#include "wait.h"

#define REST_NS (5 * NS_PER_MS)

static unsigned wakeups;
static int bytes[2];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned signals;

static struct wait_meter wait_meter = {.name = "wait_path"}, relay_meter = {.name = "relay_path"},
			 rest_meter = {.name = "starter_rest"};

/* Signals without the mutex: the waiter would have to wait for that next. */
static void signal_inner(void)
{
	pthread_mutex_lock(&mutex);
	signals++;
	pthread_mutex_unlock(&mutex);
	pthread_cond_signal(&changed);
	work(1);
}

static void signal_middle(void)
{
	signal_inner();
	work(1);
}

static void signal_outer(void)
{
	signal_middle();
	work(1);
}

static void wait_path(unsigned signal)
{
	pthread_mutex_lock(&mutex);
	while (signals < signal)
		pthread_cond_wait(&changed, &mutex);
	pthread_mutex_unlock(&mutex);
}

static bool relay_path(void)
{
	char byte;
	bool got = read(bytes[0], &byte, 1) == 1;

	work(1);
	return got;
}

static void starter_rest(void)
{
	doze_ns(REST_NS);
	work(1);
}

static void starter_path(void)
{
	must(write(bytes[1], "", 1) == 1, "write");
	work(1);
}

static void *waiter_main(void *arg)
{
	thread_name("waiter");
	meter_open(&wait_meter);
	for (unsigned signal = 1; signal <= wakeups; signal++) {
		meter_start(&wait_meter);
		wait_path(signal);
		meter_stop(&wait_meter);
	}
	return NULL;
}

static void *signaller_main(void *arg)
{
	bool more = true;

	thread_name("signaller");
	meter_open(&relay_meter);
	while (more) {
		meter_start(&relay_meter);
		more = relay_path();
		meter_stop(&relay_meter);
		if (more)
			signal_outer();
	}
	return NULL;
}

static void *starter_main(void *arg)
{
	thread_name("starter");
	meter_open(&rest_meter);
	for (unsigned i = 0; i < wakeups; i++) {
		meter_start(&rest_meter);
		starter_rest();
		meter_stop(&rest_meter);
		starter_path();
	}
	close(bytes[1]);
	return NULL;
}

int main(int argc, char **argv)
{
	uint64_t taken = taken_us();
	static void *(*const mains[])(void *) = {waiter_main, signaller_main, starter_main};
	enum { THREADS = sizeof(mains) / sizeof(mains[0]) };
	pthread_t threads[THREADS];

	wakeups = argc > 1 ? (unsigned)number_argument(argv[1], 1, 1e6) : 200;
	must(!pipe(bytes), "pipe");
	for (size_t i = 0; i < THREADS; i++)
		threads[i] = thread_start(mains[i], NULL);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	meter_print(&wait_meter);
	meter_print(&relay_meter);
	meter_print(&rest_meter);
	print_taken(taken);
	return 0;
}
