// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * measure FILE SECONDS PROGRAM [ARGS...]: runs a program and writes to FILE what it cost:
 * "cpu_s N", "rss_mib N" (peak) of it and the children it waited for, "wall_s N", "tail_s N".
 * With SECONDS above 0 it sends SIGINT after so long, as a person ends a capture; tail_s is
 * from then to the end. Passes the program's exit status on.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

/* A shell starts background jobs with SIGINT ignored; the program shall not inherit that. */
static pid_t start(char **argv)
{
	pid_t child = fork();

	if (child == 0) {
		signal(SIGINT, SIG_DFL);
		execvp(argv[0], argv);
		perror(argv[0]);
		_exit(127);
	}
	return child;
}

int main(int argc, char **argv)
{
	double started_s = now_s(), stopped_s, stop_after_s, ended_s;
	struct rusage usage;
	int status;
	pid_t child;
	FILE *out;

	if (argc < 4) {
		fputs("usage: measure FILE SECONDS PROGRAM [ARGS...]\n", stderr);
		return 2;
	}
	stop_after_s = strtod(argv[2], NULL);
	child = start(argv + 3);
	if (child < 0)
		return 1;
	if (stop_after_s > 0) {
		sleep_s(stop_after_s);
		kill(child, SIGINT);
	}
	stopped_s = now_s();
	if (wait4(child, &status, 0, &usage) != child)
		return 1;
	ended_s = now_s();
	out = fopen(argv[1], "w");
	if (!out) {
		perror(argv[1]);
		return 1;
	}
	fprintf(out, "cpu_s %.3f\nrss_mib %.1f\nwall_s %.3f\ntail_s %.3f\n",
		seconds(usage.ru_utime) + seconds(usage.ru_stime), (double)usage.ru_maxrss / 1024,
		ended_s - started_s, ended_s - stopped_s);
	if (fclose(out))
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
