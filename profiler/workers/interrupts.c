// SPDX-License-Identifier: GPL-2.0-or-later
/* See interrupts.h. The program has one set of signal handlers, so this has one state. */
#include "profiler/workers/interrupts.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "profiler/model/alloc.h"

static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};

static volatile sig_atomic_t forgives, spares, noted, removes;
static char file[PATH_MAX];
static sigset_t before; /* of interrupts_block() */

static sigset_t all(void)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		sigaddset(&set, numbers[i]);
	return set;
}

/* Ends the program as the signal would have without a handler. */
static void on_signal(int number)
{
	int err = errno;

	if (spares || forgives) {
		noted = 1;
		forgives = 0;
		errno = err;
		return;
	}
	if (removes)
		unlink(file);
	signal(number, SIG_DFL);
	raise(number); /* blocked until this returns */
}

void interrupts_watch(bool forgive)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, now;

	forgives = forgive;
	action.sa_mask = all();
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		if (!sigaction(numbers[i], NULL, &now) && now.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
}

void interrupts_spare(bool spare)
{
	spares = spare;
}

bool interrupts_noted(void)
{
	return noted;
}

void interrupts_remove(const char *path)
{
	removes = 0;
	if (!path || strlen(path) >= sizeof(file))
		return;
	memcpy(file, path, strlen(path) + 1);
	removes = 1;
}

void interrupts_block(void)
{
	sigset_t set = all();

	sigprocmask(SIG_BLOCK, &set, &before);
}

void interrupts_allow(void)
{
	sigprocmask(SIG_SETMASK, &before, NULL);
}
