// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wait_phases [SECONDS]: threads that do one thing in the first half of SECONDS and another in the
 * second.
 *
 *	early  computes, then sleeps once
 *	late   sleeps once, then computes: that it slept is noticed only when it leaves the CPU
 *	naps   sleeps for 2 ms at a time, then once
 *
 * Right answer: "NAME.first N" and "NAME.second N", the microseconds that the thread was off the CPU
 * in each half, "NAME.cpu_first N" and "NAME.cpu_second N", those it was on it; and "begin_ns N",
 * "middle_ns N", "end_ns N", when the halves were, since 1970.
 */
#include <string.h>

#include "wait.h"

#define NAP_NS (2 * NS_PER_MS)

static uint64_t begin_ns, middle_ns, end_ns; /* by wall_ns() */

static void compute_until(uint64_t ns)
{
	while (wall_ns() < ns)
		work(WORK_CHUNK);
}

static void sleep_until(uint64_t ns)
{
	uint64_t now_ns = wall_ns();

	if (now_ns < ns)
		doze_ns(ns - now_ns);
}

static void nap_until(uint64_t ns)
{
	while (wall_ns() + NAP_NS < ns)
		doze_ns(NAP_NS);
}

struct player {
	const char *name;
	void (*halves[2])(uint64_t until_ns);
	uint64_t off_ns[2], cpu_ns[2];
	pthread_t thread;
};

static struct player players[] = {
	{.name = "early", .halves = {compute_until, sleep_until}},
	{.name = "late", .halves = {sleep_until, compute_until}},
	{.name = "naps", .halves = {nap_until, sleep_until}},
};

static void *play(void *arg)
{
	struct player *player = arg;

	thread_name(player->name);
	for (int half = 0; half < 2; half++) {
		uint64_t wall = wall_ns(), cpu = cpu_ns();

		player->halves[half](half ? end_ns : middle_ns);
		player->cpu_ns[half] = cpu_ns() - cpu;
		player->off_ns[half] = wall_ns() - wall - player->cpu_ns[half];
	}
	return NULL;
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? number_argument(argv[1], 0.1, 100) : 2;
	uint64_t half_ns = (uint64_t)(seconds * 5e8), to_1970_ns;

	begin_ns = wall_ns();
	to_1970_ns = clock_ns(CLOCK_REALTIME) - begin_ns;
	middle_ns = begin_ns + half_ns;
	end_ns = middle_ns + half_ns;
	for (size_t i = 0; i < sizeof(players) / sizeof(*players); i++)
		players[i].thread = thread_start(play, &players[i]);
	for (size_t i = 0; i < sizeof(players) / sizeof(*players); i++) {
		const struct player *player = &players[i];

		pthread_join(player->thread, NULL);
		printf("%s.first %.0f\n%s.second %.0f\n%s.cpu_first %.0f\n%s.cpu_second %.0f\n",
		       player->name, (double)player->off_ns[0] / 1e3, player->name,
		       (double)player->off_ns[1] / 1e3, player->name,
		       (double)player->cpu_ns[0] / 1e3, player->name,
		       (double)player->cpu_ns[1] / 1e3);
	}
	printf("begin_ns %llu\nmiddle_ns %llu\nend_ns %llu\n",
	       (unsigned long long)(begin_ns + to_1970_ns),
	       (unsigned long long)(middle_ns + to_1970_ns),
	       (unsigned long long)(end_ns + to_1970_ns));
	return 0;
}
