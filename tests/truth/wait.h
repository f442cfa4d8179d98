/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the truth programs of waiting time share: a meter of a thread's time off the CPU.
 *
 * A meter adds up what passes between meter_start() and meter_stop(), by three clocks of the
 * thread itself: CLOCK_MONOTONIC less its CPU time is the time off the CPU, and the second number
 * of its schedstat file is how much of that it waited for a CPU; the rest it was blocked.
 * Printed are "NAME N" (off the CPU), "NAME.blocked N", "NAME.queued N" and "NAME.cpu N", all in
 * microseconds, "NAME.rounds N", how often the meter ran, and "NAME.switches N", how often the
 * thread left the CPU meanwhile: at each of them the kernel's clocks are wrong by a little, see
 * wait.sh. "taken_us N" is what the hypervisor and interrupts took from all CPUs: such a moment
 * may not be in a thread's CPU time, but the thread was not off the CPU either.
 */
#ifndef TESTS_TRUTH_WAIT_H
#define TESTS_TRUTH_WAIT_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "truth.h"

struct wait_meter {
	const char *name;
	int schedstat_fd; /* of the thread that opened it */
	uint64_t start_wall_ns, start_cpu_ns, start_queued_ns, start_switches;
	uint64_t off_ns, queued_ns, cpu_ns, rounds, switches;
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

/* How often the calling thread has left the CPU. */
static inline uint64_t switches_now(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return (uint64_t)usage.ru_nvcsw + (uint64_t)usage.ru_nivcsw;
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
	meter->start_switches = switches_now();
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
	meter->switches += switches_now() - meter->start_switches;
	meter->rounds++;
}

/* The sum of what several meters saw. */
static inline void meter_add(struct wait_meter *sum, const struct wait_meter *meter)
{
	sum->off_ns += meter->off_ns;
	sum->queued_ns += meter->queued_ns;
	sum->cpu_ns += meter->cpu_ns;
	sum->rounds += meter->rounds;
	sum->switches += meter->switches;
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
	printf("%s.switches %llu\n", meter->name, (unsigned long long)meter->switches);
}

/* Microseconds that were taken from all CPUs since boot: interrupts, and steal. */
static inline uint64_t taken_us(void)
{
	unsigned long long irq = 0, softirq = 0, steal = 0;
	FILE *stat = fopen("/proc/stat", "re");

	if (stat &&
	    fscanf(stat, "cpu %*u %*u %*u %*u %*u %llu %llu %llu", &irq, &softirq, &steal) != 3)
		irq = softirq = steal = 0;
	if (stat)
		fclose(stat);
	return (irq + softirq + steal) * (1000000 / (uint64_t)sysconf(_SC_CLK_TCK));
}

static inline void print_taken(uint64_t since_us)
{
	printf("taken_us %llu\n", (unsigned long long)(taken_us() - since_us));
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
