/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the truth programs of waiting time share: a meter of a thread's time off the CPU.
 *
 * A meter adds up what passes between meter_start() and meter_stop(), by three clocks of the
 * thread itself: CLOCK_MONOTONIC less its CPU time is the time off the CPU, and the second number
 * of its schedstat file is how much of that it waited for a CPU; the rest it was blocked.
 * Printed are "NAME N" (off the CPU), "NAME.blocked N", "NAME.queued N" and "NAME.cpu N", all in
 * microseconds, and "NAME.rounds N", how often the meter ran. "steal_us N" is what the
 * hypervisor took from all CPUs meanwhile: a stolen moment is not in a thread's CPU time, but the
 * thread was not off the CPU either.
 */
#ifndef TESTS_TRUTH_WAIT_H
#define TESTS_TRUTH_WAIT_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "truth.h"

struct wait_meter {
	const char *name;
	int schedstat_fd; /* of the thread that opened it */
	uint64_t start_wall_ns, start_cpu_ns, start_queued_ns;
	uint64_t off_ns, queued_ns, cpu_ns, rounds;
};

static inline void meter_open(struct wait_meter *meter)
{
	meter->schedstat_fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
}

/* Nanoseconds the thread has waited for a CPU; 0 where the kernel does not say. */
static inline uint64_t meter_queued_ns(const struct wait_meter *meter)
{
	char text[96] = "";
	unsigned long long ran = 0, queued = 0;

	if (pread(meter->schedstat_fd, text, sizeof(text) - 1, 0) <= 0 ||
	    sscanf(text, "%llu %llu", &ran, &queued) != 2)
		return 0;
	return queued;
}

/* The three clocks at one moment: read again when the thread lost the CPU meanwhile. */
static inline void meter_read(const struct wait_meter *meter, uint64_t *ret_wall_ns,
			      uint64_t *ret_cpu_ns, uint64_t *ret_queued_ns)
{
	for (int tries = 0; tries < 10; tries++) {
		*ret_queued_ns = meter_queued_ns(meter);
		*ret_cpu_ns = cpu_ns();
		*ret_wall_ns = wall_ns();
		if (meter_queued_ns(meter) == *ret_queued_ns)
			break;
	}
}

static inline void meter_start(struct wait_meter *meter)
{
	meter_read(meter, &meter->start_wall_ns, &meter->start_cpu_ns, &meter->start_queued_ns);
}

static inline void meter_stop(struct wait_meter *meter)
{
	uint64_t wall, cpu, queued;

	meter_read(meter, &wall, &cpu, &queued);
	wall -= meter->start_wall_ns;
	cpu -= meter->start_cpu_ns;
	meter->off_ns += wall > cpu ? wall - cpu : 0;
	meter->cpu_ns += cpu;
	meter->queued_ns += queued - meter->start_queued_ns;
	meter->rounds++;
}

static inline void meter_print(const struct wait_meter *meter)
{
	uint64_t off_us = meter->off_ns / NS_PER_US, queued_us = meter->queued_ns / NS_PER_US;

	printf("%s %llu\n", meter->name, (unsigned long long)off_us);
	printf("%s.blocked %llu\n", meter->name,
	       (unsigned long long)(off_us > queued_us ? off_us - queued_us : 0));
	printf("%s.queued %llu\n", meter->name, (unsigned long long)queued_us);
	printf("%s.cpu %llu\n", meter->name, (unsigned long long)(meter->cpu_ns / NS_PER_US));
	printf("%s.rounds %llu\n", meter->name, (unsigned long long)meter->rounds);
}

/* Microseconds taken from all CPUs since boot. */
static inline uint64_t steal_us(void)
{
	unsigned long long ticks = 0;
	FILE *stat = fopen("/proc/stat", "re");

	if (stat && fscanf(stat, "cpu %*u %*u %*u %*u %*u %*u %*u %llu", &ticks) != 1)
		ticks = 0;
	if (stat)
		fclose(stat);
	return ticks * (1000000 / (uint64_t)sysconf(_SC_CLK_TCK));
}

static inline void print_steal(uint64_t since_us)
{
	printf("steal_us %llu\n", (unsigned long long)(steal_us() - since_us));
}

/* One nanosleep. */
static inline void doze_ns(uint64_t ns)
{
	struct timespec rest = {(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S)};

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, &rest) == EINTR)
		;
}

/* Ends the program: a truth program that lacks a thread or a pipe knows no right answer. */
static inline void must(bool done, const char *what)
{
	if (done)
		return;
	fprintf(stderr, "%s failed: %m\n", what);
	exit(1);
}

static inline pthread_t thread_start(void *(*run)(void *), void *arg)
{
	pthread_t thread;

	must(!pthread_create(&thread, NULL, run, arg), "pthread_create");
	return thread;
}

static inline void thread_name(const char *name)
{
	prctl(PR_SET_NAME, name);
}

/* A gate at which programs that were started before the capture wait: SIGUSR1 opens it. */
static inline void gate_close(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static inline void gate_wait(void)
{
	sigset_t set;
	int signal;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigwait(&set, &signal);
}

#endif
