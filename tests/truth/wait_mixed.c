// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wait_mixed [SECONDS [KIND...]]: threads that spend SECONDS in different ways; a KIND may be
 * given more than once; one of each of the first four is the default.
 *
 *	sleeper   sleeps 1 ms at a time
 *	spinner   never blocks
 *	pingpong  two threads, "ping" and "pong", that wake each other through pipes all the time,
 *	          and wait in odd_turn and even_turn by turns
 *	mixed     computes for 1 ms, yields, and sleeps for 2 ms
 *	pingwork  as pingpong, but each computes for some 30 us before it wakes the other
 *
 * Right answer: what the meters of the threads print; they run for the thread's whole life. A
 * thread is called after its kind and number: "sleeper-1", "ping-1". Of "wall_us N" each one lived.
 */
#include <sched.h>
#include <string.h>

#include "wait.h"

#define SLEEP_NS    NS_PER_MS
#define COMPUTE_NS  NS_PER_MS
#define REST_NS	    (2 * NS_PER_MS)
#define THREADS_MAX 128

struct player {
	char name[16];
	void (*play)(struct player *player);
	int from, to;	/* of a pair */
	unsigned steps; /* of work before each write */
	struct wait_meter meter;
	pthread_t thread;
};

static struct player players[THREADS_MAX];
static size_t nr_players;
static uint64_t life_ns;
static uint64_t end_ns;
static pthread_barrier_t gate;

static bool time_is_left(void)
{
	return wall_ns() < end_ns;
}

static void play_sleeper(struct player *player)
{
	while (time_is_left())
		doze_ns(SLEEP_NS);
}

static void play_spinner(struct player *player)
{
	while (time_is_left())
		work(WORK_CHUNK);
}

static void play_mixed(struct player *player)
{
	while (time_is_left()) {
		burn(COMPUTE_NS);
		sched_yield();
		doze_ns(REST_NS);
	}
}

/* Two paths that are the same but for their names. */
static bool odd_turn(struct player *player)
{
	char byte;
	bool got = read(player->from, &byte, 1) == 1;

	work(1);
	return got;
}

static bool even_turn(struct player *player)
{
	char byte;
	bool got = read(player->from, &byte, 1) == 1;

	work(1);
	return got;
}

static bool turn(struct player *player, unsigned number)
{
	return number % 2 ? odd_turn(player) : even_turn(player);
}

static void play_ping(struct player *player)
{
	for (unsigned i = 0; time_is_left(); i++) {
		work(player->steps);
		must(write(player->to, "", 1) == 1, "write");
		must(turn(player, i), "read");
	}
	close(player->to);
}

static void play_pong(struct player *player)
{
	for (unsigned i = 0; turn(player, i); i++) {
		work(player->steps);
		must(write(player->to, "", 1) == 1, "write");
	}
}

static void *player_main(void *arg)
{
	struct player *player = arg;

	thread_name(player->name);
	player->meter.name = player->name;
	meter_open(&player->meter);
	meter_start(&player->meter);
	pthread_barrier_wait(&gate);
	player->play(player);
	meter_stop(&player->meter);
	return NULL;
}

static struct player *add_player(const char *kind, unsigned number, void (*play)(struct player *))
{
	struct player *player = &players[nr_players++];

	must(nr_players <= THREADS_MAX, "that many threads");
	snprintf(player->name, sizeof(player->name), "%.11s-%u", kind, number % 1000);
	player->play = play;
	return player;
}

static void add_pair(unsigned number, unsigned steps)
{
	struct player *ping = add_player("ping", number, play_ping);
	struct player *pong = add_player("pong", number, play_pong);
	int there[2], back[2];

	must(!pipe(there) && !pipe(back), "pipe");
	ping->to = there[1];
	pong->from = there[0];
	pong->to = back[1];
	ping->from = back[0];
	ping->steps = pong->steps = steps;
}

static const struct {
	const char *name;
	void (*play)(struct player *player); /* NULL for the pair */
	unsigned steps;
} kinds[] = {
	{"sleeper", play_sleeper, 0}, {"spinner", play_spinner, 0},   {"pingpong", NULL, 1},
	{"mixed", play_mixed, 0},     {"pingwork", NULL, WORK_CHUNK}, /* not by default */
};

#define DEFAULT_KINDS 4

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void add_kind(const char *name)
{
	static unsigned numbers[KINDS];

	for (size_t i = 0; i < KINDS; i++) {
		if (strcmp(name, kinds[i].name))
			continue;
		if (kinds[i].play)
			add_player(name, ++numbers[i], kinds[i].play);
		else
			add_pair(++numbers[i], kinds[i].steps);
		return;
	}
	fprintf(stderr, "%s: no such kind of thread\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? number_argument(argv[1], 0.01, 3600) : 1;
	uint64_t taken = taken_us();

	life_ns = (uint64_t)(seconds * 1e9);
	for (int i = 2; i < argc; i++)
		add_kind(argv[i]);
	for (size_t i = 0; argc <= 2 && i < DEFAULT_KINDS; i++)
		add_kind(kinds[i].name);
	pthread_barrier_init(&gate, NULL, (unsigned)nr_players + 1);
	for (size_t i = 0; i < nr_players; i++)
		players[i].thread = thread_start(player_main, &players[i]);
	end_ns = wall_ns() + life_ns;
	pthread_barrier_wait(&gate);
	for (size_t i = 0; i < nr_players; i++)
		pthread_join(players[i].thread, NULL);
	for (size_t i = 0; i < nr_players; i++)
		meter_print(&players[i].meter);
	printf("wall_us %llu\n", (unsigned long long)(life_ns / NS_PER_US));
	print_taken(taken);
	return 0;
}
