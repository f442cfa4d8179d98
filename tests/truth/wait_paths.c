// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wait_paths [SECONDS [gate]]: threads that each wait in one known path for SECONDS. With "gate"
 * they do not begin before SIGUSR1, so that a capture can be there first, and the times it should
 * find are whole waits.
 *
 *	thread         path          waits for
 *	sleeper        sleep_path    40 ms at a time
 *	mutex waiter   mutex_path    the mutex that "mutex holder" keeps for 50 ms in holder_path
 *	pipe reader    pipe_path     a byte that "pipe writer" writes every 30 ms in writer_path
 *	poller         poll_path     a poll that runs into its time limit of 45 ms
 *	syncer         fsync_path    fsync of a file that has changed
 *	forever        forever_path  a byte that never comes, from the beginning to the end
 *
 * Right answer: the times off the CPU that the meters print, and all of it in forever_path.
 */
#include <poll.h>
#include <stdatomic.h>

#include "wait.h"

/* So long that what the kernel's clocks are wrong by at each wait is little beside it. */
#define SLEEP_NS (40 * NS_PER_MS)
#define HOLD_NS	 (50 * NS_PER_MS)
#define WRITE_NS (30 * NS_PER_MS)
#define POLL_MS	 45
#define SYNC_NS	 (20 * NS_PER_MS)

static uint64_t life_ns, end_ns;
static pthread_barrier_t gate, turn;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool mutex_done;
static int data_pipe[2], silent_pipe[2];

static struct wait_meter sleep_meter = {.name = "sleep_path"}, mutex_meter = {.name = "mutex_path"},
			 pipe_meter = {.name = "pipe_path"}, poll_meter = {.name = "poll_path"},
			 fsync_meter = {.name = "fsync_path"};

/* Not inside the paths: what is waited for here is the beginning. */
static void gate_path(void)
{
	pthread_barrier_wait(&gate);
}

/* A last wait that is no path's: perf does not see a thread leave the CPU for good. */
static void leave_path(void)
{
	doze_ns(NS_PER_MS);
}

static bool time_is_left(void)
{
	return wall_ns() < end_ns;
}

static void sleep_path(void)
{
	while (time_is_left())
		doze_ns(SLEEP_NS);
}

static void mutex_path(void)
{
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
}

static void holder_path(void)
{
	doze_ns(HOLD_NS);
	pthread_mutex_unlock(&mutex);
}

static void pipe_path(void)
{
	char byte;

	while (read(data_pipe[0], &byte, 1) == 1)
		;
}

static void writer_path(void)
{
	while (time_is_left()) {
		doze_ns(WRITE_NS);
		must(write(data_pipe[1], "", 1) == 1, "write");
	}
	close(data_pipe[1]);
}

static void poll_path(void)
{
	struct pollfd silent = {.fd = silent_pipe[0], .events = POLLIN};

	while (time_is_left())
		poll(&silent, 1, POLL_MS);
}

static void fsync_path(int fd)
{
	fsync(fd);
}

static void forever_path(void)
{
	char byte;

	must(read(silent_pipe[0], &byte, 1) == 1, "read");
}

/* The thread of a path that is one loop. */
static void run_path(const char *name, struct wait_meter *meter, void (*path)(void))
{
	thread_name(name);
	meter_open(meter);
	gate_path();
	meter_start(meter);
	path();
	meter_stop(meter);
	leave_path();
}

static void *sleeper_main(void *arg)
{
	run_path("sleeper", &sleep_meter, sleep_path);
	return NULL;
}

static void *reader_main(void *arg)
{
	run_path("pipe reader", &pipe_meter, pipe_path);
	return NULL;
}

static void *writer_main(void *arg)
{
	thread_name("pipe writer");
	gate_path();
	writer_path();
	return NULL;
}

static void *poller_main(void *arg)
{
	run_path("poller", &poll_meter, poll_path);
	return NULL;
}

/*
 * The mutex is held when the waiter gets its turn, and free when the holder gets the next. Both
 * learn between the two that this round is the last one.
 */
static void *holder_main(void *arg)
{
	thread_name("mutex holder");
	gate_path();
	for (bool last = false; !last;) {
		pthread_mutex_lock(&mutex);
		last = mutex_done = !time_is_left();
		pthread_barrier_wait(&turn);
		holder_path();
		pthread_barrier_wait(&turn);
	}
	return NULL;
}

static void *waiter_main(void *arg)
{
	thread_name("mutex waiter");
	meter_open(&mutex_meter);
	gate_path();
	for (bool last = false; !last;) {
		pthread_barrier_wait(&turn);
		last = mutex_done;
		meter_start(&mutex_meter);
		mutex_path();
		meter_stop(&mutex_meter);
		pthread_barrier_wait(&turn);
	}
	return NULL;
}

static int open_file(void)
{
	const char *folder = getenv("TMPDIR");
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/wait_paths-XXXXXX", folder ? folder : "/tmp");
	fd = mkstemp(path);
	must(fd >= 0, "mkstemp");
	unlink(path);
	return fd;
}

static void *syncer_main(void *arg)
{
	int fd = open_file();

	thread_name("syncer");
	meter_open(&fsync_meter);
	gate_path();
	for (off_t at = 0; time_is_left(); at += 4096) {
		must(pwrite(fd, "x", 1, at) == 1, "pwrite");
		meter_start(&fsync_meter);
		fsync_path(fd);
		meter_stop(&fsync_meter);
		doze_ns(SYNC_NS);
	}
	return NULL;
}

static void *forever_main(void *arg)
{
	thread_name("forever");
	forever_path();
	return NULL;
}

int main(int argc, char **argv)
{
	uint64_t taken = taken_us();
	static void *(*const mains[])(void *) = {sleeper_main, reader_main, writer_main,
						 poller_main,  holder_main, waiter_main,
						 syncer_main};
	enum { THREADS = sizeof(mains) / sizeof(mains[0]) };
	double seconds = argc > 1 ? number_argument(argv[1], 0.01, 3600) : 1;
	pthread_t threads[THREADS];

	gate_close();
	life_ns = (uint64_t)(seconds * 1e9);
	must(!pipe(data_pipe) && !pipe(silent_pipe), "pipe");
	pthread_barrier_init(&gate, NULL, THREADS + 1);
	pthread_barrier_init(&turn, NULL, 2);
	thread_start(forever_main, NULL);
	for (size_t i = 0; i < THREADS; i++)
		threads[i] = thread_start(mains[i], NULL);
	if (argc > 2)
		gate_wait();
	end_ns = wall_ns() + life_ns;
	gate_path();
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	meter_print(&sleep_meter);
	meter_print(&mutex_meter);
	meter_print(&pipe_meter);
	meter_print(&poll_meter);
	meter_print(&fsync_meter);
	print_taken(taken);
	return 0;
}
