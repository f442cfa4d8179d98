// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * threads [MILLISECONDS [wait]]: threads whose names try to break what prints them, each
 * burning the same CPU time in a function of its own; and short-lived threads that
 * come and go meanwhile. Names are what the kernel allows: any 15 bytes. With "wait" they
 * sleep instead, and what is printed are shares of the time off the CPU.
 *
 * Right answer: each hostile_N has an equal share, under a root that shows its thread's
 * name; the brief ones have their share too, though none of them lives for long.
 */
#include "wait.h"

#define BRIEF_THREADS 16
#define BRIEF_MS      25

/* Index N is the thread that runs hostile_N(). */
static const char *const names[] = {
	"a;b",		      /* the separator of folded text */
	"<x>&amp;</text>",    /* markup */
	"\"it's\"",	      /* quotes */
	"fourteen-bytes\xc3", /* the kernel cut a two-byte character in half */
	"\x1b[31m\n\r\t\x01", /* control characters, among them a newline */
	"two words 7",	      /* ends like a folded line */
	"%s%n",		      /* a format */
	" ",		      /* hardly a name */
};

#define HOSTILE (sizeof(names) / sizeof(names[0]))

static uint64_t each_ns;

/* Sleeps in one go; returns how long this thread was off the CPU. */
static uint64_t doze(uint64_t ns)
{
	uint64_t wall = wall_ns(), cpu = cpu_ns();

	doze_ns(ns);
	cpu = cpu_ns() - cpu;
	return wall_ns() - wall - cpu;
}

static uint64_t (*spend)(uint64_t ns) = burn;

#define HOSTILE_FUNCTION(n)               \
	static uint64_t hostile_##n(void) \
	{                                 \
		return spend(each_ns);    \
	}
HOSTILE_FUNCTION(0)
HOSTILE_FUNCTION(1)
HOSTILE_FUNCTION(2)
HOSTILE_FUNCTION(3)
HOSTILE_FUNCTION(4)
HOSTILE_FUNCTION(5)
HOSTILE_FUNCTION(6)
HOSTILE_FUNCTION(7)

static uint64_t (*const functions[])(void) = {
	hostile_0, hostile_1, hostile_2, hostile_3, hostile_4, hostile_5, hostile_6, hostile_7,
};
static struct path_time paths[HOSTILE + 1] = {
	{.name = "hostile_0"}, {.name = "hostile_1"}, {.name = "hostile_2"},
	{.name = "hostile_3"}, {.name = "hostile_4"}, {.name = "hostile_5"},
	{.name = "hostile_6"}, {.name = "hostile_7"}, {.name = "brief"},
};

static void *hostile_main(void *arg)
{
	struct path_time *path = arg;
	size_t index = (size_t)(path - paths);

	prctl(PR_SET_NAME, names[index]);
	path->cpu_ns = functions[index]();
	return NULL;
}

static void brief(uint64_t *ret_cpu_ns)
{
	*ret_cpu_ns = spend(BRIEF_MS * NS_PER_MS);
}

static void *brief_main(void *arg)
{
	prctl(PR_SET_NAME, "brief");
	brief(arg);
	return NULL;
}

/* One after the other, so that each is gone before the next one comes. */
static void run_brief_threads(void)
{
	for (int i = 0; i < BRIEF_THREADS; i++) {
		pthread_t thread;
		uint64_t thread_ns = 0;

		if (pthread_create(&thread, NULL, brief_main, &thread_ns))
			continue;
		pthread_join(thread, NULL);
		paths[HOSTILE].cpu_ns += thread_ns;
	}
}

int main(int argc, char **argv)
{
	double ms = argc > 1 ? number_argument(argv[1], 1, 60000) : 400;
	pthread_t threads[HOSTILE];

	each_ns = (uint64_t)(ms * 1e6);
	if (argc > 2)
		spend = doze;
	for (size_t i = 0; i < HOSTILE; i++) {
		if (pthread_create(&threads[i], NULL, hostile_main, &paths[i]))
			return 1;
	}
	run_brief_threads();
	for (size_t i = 0; i < HOSTILE; i++)
		pthread_join(threads[i], NULL);
	print_shares(paths, HOSTILE + 1);
	return 0;
}
