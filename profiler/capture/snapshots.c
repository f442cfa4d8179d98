// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading, keeping and resolving snapshots; see snapshots.h. */
#include "profiler/capture/snapshots.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"

struct waiting {
	struct waiting *next;
	size_t size; /* of the snapshot with its stack */
	struct unwind_snapshot snapshot;
};

struct snapshots {
	struct snapshots_config config;
	struct ring_buffer *ring;
	struct waiting *first, **last; /* in the order they came in */
	size_t bytes;		       /* that they take */
	int64_t cpu_left_ns;	       /* what completing may still take */
	uint64_t refilled_ns;	       /* when that was last added to */
	int error;		       /* the first one within the ring buffer's callback */
	struct snapshots_stats stats;
};

/* ---- what an event says ---- */

/* Whether it is a snapshot with all of its stack. What follows that is none of it. */
static bool is_snapshot(const void *event, size_t size)
{
	const struct unwind_snapshot *snapshot = event;

	return size >= sizeof(*snapshot) && snapshot->stack_bytes <= size - sizeof(*snapshot) &&
	       snapshot->stack_bytes <= SNAPSHOT_STACK_MAX &&
	       STACK_HEADER_FRAMES(snapshot->user[0]) < SNAPSHOT_WORDS &&
	       STACK_HEADER_FRAMES(snapshot->kernel[0]) < SNAPSHOT_WORDS;
}

/* NULL where there are no frames. */
static const uint64_t *words_of(const __u64 *words)
{
	return STACK_HEADER_FRAMES(words[0]) ? (const uint64_t *)words : NULL;
}

static int hand_on(struct snapshots *snapshots, const struct unwind_snapshot *snapshot,
		   const uint64_t *user)
{
	const struct count_value once = {
		.count = 1,
		.first_ns = snapshot->time_ns,
		.last_ns = snapshot->time_ns,
	};
	const struct table_row row = {
		.key = &snapshot->key,
		.value = &once,
		.user = user,
		.kernel = words_of(snapshot->kernel),
	};

	return snapshots->config.row(snapshots->config.data, &row,
				     STACK_HEADER_END(snapshot->user[0]));
}

/* ---- waiting ---- */

static void free_waiting(struct snapshots *snapshots, struct waiting *waiting)
{
	snapshots->bytes -= waiting->size;
	snapshots->stats.waiting--;
	free(waiting);
}

/* Takes one out of the queue, at its place there. */
static struct waiting *unlink_waiting(struct snapshots *snapshots, struct waiting **at)
{
	struct waiting *waiting = *at;

	*at = waiting->next;
	if (!*at)
		snapshots->last = at;
	return waiting;
}

/* Hands one on as it came. */
static int rush(struct snapshots *snapshots, const struct waiting *waiting)
{
	snapshots->stats.rushed++;
	return hand_on(snapshots, &waiting->snapshot, words_of(waiting->snapshot.user));
}

static int rush_oldest(struct snapshots *snapshots)
{
	struct waiting *oldest = unlink_waiting(snapshots, &snapshots->first);
	int err = rush(snapshots, oldest);

	free_waiting(snapshots, oldest);
	return err;
}

static size_t bytes_max(const struct snapshots *snapshots)
{
	return snapshots->config.bytes_max ? snapshots->config.bytes_max : SNAPSHOTS_BYTES_MAX;
}

int snapshots_add(struct snapshots *snapshots, const void *event, size_t size)
{
	const struct unwind_snapshot *snapshot = event;
	struct waiting *waiting;
	int err = 0;

	if (!is_snapshot(event, size)) {
		snapshots->stats.malformed++;
		return 0;
	}
	size = sizeof(*snapshot) + snapshot->stack_bytes;
	while (!err && snapshots->first && snapshots->bytes + size > bytes_max(snapshots))
		err = rush_oldest(snapshots);
	if (err)
		return err;
	waiting = malloc(offsetof(struct waiting, snapshot) + size);
	if (!waiting)
		return -ENOMEM;
	waiting->next = NULL;
	waiting->size = size;
	memcpy(&waiting->snapshot, event, size);
	*snapshots->last = waiting;
	snapshots->last = &waiting->next;
	snapshots->bytes += size;
	snapshots->stats.taken++;
	snapshots->stats.waiting++;
	return 0;
}

/* ---- unwinding ---- */

/* Frames that the kernel walker found. Where it met no mapping the last address is no frame. */
static uint32_t walked_frames(uint64_t header)
{
	uint32_t frames = STACK_HEADER_FRAMES(header);

	return frames && STACK_HEADER_END(header) == STACK_END_NO_MAPPING ? frames - 1 : frames;
}

/* A stack that reaches the root is worth more than any that does not, else the longer one is. */
static uint64_t worth(uint64_t header, uint32_t frames)
{
	uint64_t root = STACK_HEADER_END(header) == STACK_END_ROOT;

	return root << 32 | frames;
}

/*
 * How much more ours is worth than the walker's. Of a walker's stack that fills its words the rest
 * may have been cut off: one that is shorter, whatever it calls its root, is not the whole stack.
 */
static int64_t gain(uint64_t ours, uint64_t walked)
{
	uint32_t frames = STACK_HEADER_FRAMES(ours), before = walked_frames(walked);

	if (STACK_HEADER_FRAMES(walked) == SNAPSHOT_WORDS - 1 && frames < before)
		return -1;
	return (int64_t)worth(ours, frames) - (int64_t)worth(walked, before);
}

static void count(struct snapshots_stats *stats, uint64_t header, int64_t gained)
{
	bool completed = gained >= 0 && STACK_HEADER_END(header) == STACK_END_ROOT;

	stats->completed += completed;
	stats->improved += !completed && gained > 0;
	stats->unimproved += !completed && gained <= 0;
}

/* Of stacks of equal worth ours is handed on: it knows better why it ended. */
static int resolve(struct snapshots *snapshots, const struct waiting *waiting)
{
	const struct snapshots_config *config = &snapshots->config;
	const struct unwind_snapshot *snapshot = &waiting->snapshot;
	uint64_t words[STACK_WORDS_MAX];
	uint64_t spent_ns = config->cpu_ns();
	int err = remote_unwind(config->remote, snapshot, waiting->size, words);
	int64_t gained;

	spent_ns = config->cpu_ns() - spent_ns;
	snapshots->stats.cpu_ns += spent_ns;
	snapshots->cpu_left_ns -= (int64_t)spent_ns;
	if (err)
		return err;
	gained = gain(words[0], snapshot->user[0]);
	count(&snapshots->stats, words[0], gained);
	return hand_on(snapshots, snapshot, gained < 0 ? words_of(snapshot->user) : words);
}

static void refill(struct snapshots *snapshots)
{
	uint64_t now_ns = snapshots->config.now_ns();
	uint64_t gained_ns = (now_ns - snapshots->refilled_ns) / SNAPSHOTS_CPU_PART;

	if (gained_ns > SNAPSHOTS_CPU_MAX_NS)
		gained_ns = SNAPSHOTS_CPU_MAX_NS;
	snapshots->refilled_ns = now_ns;
	snapshots->cpu_left_ns += (int64_t)gained_ns;
	if (snapshots->cpu_left_ns > SNAPSHOTS_CPU_MAX_NS)
		snapshots->cpu_left_ns = SNAPSHOTS_CPU_MAX_NS;
}

/* While more than so much CPU time is left; those that it does not suffice for `wait` or not. */
static int resolve_until(struct snapshots *snapshots, uint64_t known_until_ns, int64_t reserve_ns,
			 bool wait)
{
	struct waiting **at = &snapshots->first;
	int err = 0;

	while (*at && !err) {
		struct waiting *waiting = *at;
		bool has_time = snapshots->cpu_left_ns > reserve_ns;

		if (!has_time && wait)
			break;
		if (waiting->snapshot.time_ns > known_until_ns) {
			at = &waiting->next;
			continue;
		}
		unlink_waiting(snapshots, at);
		err = has_time ? resolve(snapshots, waiting) : rush(snapshots, waiting);
		free_waiting(snapshots, waiting);
	}
	return err;
}

int snapshots_resolve(struct snapshots *snapshots, uint64_t known_until_ns)
{
	int64_t reserve_ns;

	refill(snapshots);
	reserve_ns = snapshots->cpu_left_ns - SNAPSHOTS_TURN_NS;
	return resolve_until(snapshots, known_until_ns, reserve_ns > 0 ? reserve_ns : 0, true);
}

int snapshots_drain(struct snapshots *snapshots, uint64_t known_until_ns)
{
	refill(snapshots);
	return resolve_until(snapshots, known_until_ns, 0, false);
}

/* ---- the ring buffer ---- */

/* Called by libbpf; what it gets is overwritten after it returns. */
static int on_event(void *data, void *event, size_t size)
{
	struct snapshots *snapshots = data;
	int err = snapshots_add(snapshots, event, size);

	if (!snapshots->error)
		snapshots->error = err;
	return 0; /* the others are to be taken all the same */
}

int snapshots_read(struct snapshots *snapshots)
{
	int ret = snapshots->ring ? ring_buffer__consume(snapshots->ring) : 0;
	int err = snapshots->error ? snapshots->error : ret < 0 ? ret : 0;

	snapshots->error = 0;
	return err;
}

int snapshots_fd(const struct snapshots *snapshots)
{
	return snapshots->ring ? ring_buffer__epoll_fd(snapshots->ring) : -1;
}

struct snapshots *snapshots_open(const struct snapshots_config *config)
{
	struct snapshots *snapshots = calloc(1, sizeof(*snapshots));
	int err;

	if (!snapshots)
		return NULL;
	snapshots->config = *config;
	snapshots->last = &snapshots->first;
	snapshots->cpu_left_ns = SNAPSHOTS_CPU_MAX_NS;
	snapshots->refilled_ns = config->now_ns();
	if (config->map_fd < 0)
		return snapshots;
	snapshots->ring = ring_buffer__new(config->map_fd, on_event, snapshots, NULL);
	if (!snapshots->ring) {
		err = errno;
		snapshots_close(snapshots);
		errno = err;
		return NULL;
	}
	return snapshots;
}

void snapshots_close(struct snapshots *snapshots)
{
	if (!snapshots)
		return;
	while (snapshots->first)
		free_waiting(snapshots, unlink_waiting(snapshots, &snapshots->first));
	ring_buffer__free(snapshots->ring);
	free(snapshots);
}

void snapshots_stats(const struct snapshots *snapshots, struct snapshots_stats *ret_stats)
{
	*ret_stats = snapshots->stats;
}
