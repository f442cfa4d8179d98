// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The loader's turns; see unwinder.h. What they are made of:
 *
 *	walker_maps	the maps, as the rest sees them (walker_memory.h)
 *	pool		runs of units in it
 *	objects		files and their ELF headers
 *	spans		a process's mappings as spans
 *	span_arrays	spans in the pool, and when they can be freed
 *	publisher	the entries of processes
 *	builder		the thread that builds tables
 *	residents	which tables are in the pool
 */
#include "profiler/unwind/loader/unwinder.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/unwind/table/table_confined.h"
#include "profiler/unwind/loader/unwinder_parts.h"

/* What one turn copies into the pool, about a millisecond's worth: the caller has records to read. */
#define COPY_UNITS_MAX (4 * UNWIND_SEGMENT_UNITS)

/* ---- open and close ---- */

static int unwinder_init(struct unwinder *unwinder, const struct unwinder_config *config,
			 build_fn *build)
{
	int err = pool_open(&unwinder->pool, &unwinder->memory, config->memory_max);

	unwinder->tracker = config->tracker;
	if (!err)
		err = objects_init(&unwinder->objects, &unwinder->memory,
				   &config->tracker->binaries);
	if (err)
		return err;
	unwinder->builder = builder_open(build);
	if (!unwinder->builder)
		return -errno;
	residents_init(&unwinder->residents, &unwinder->pool, &unwinder->objects, unwinder->builder,
		       config->epoch);
	publisher_init(&unwinder->publisher, &config->tracker->spaces, &unwinder->residents);
	return 0;
}

struct unwinder *unwinder_open_parts(const struct unwinder_config *config,
				     const struct walker_memory *memory, build_fn *build)
{
	struct unwinder *unwinder = calloc(1, sizeof(*unwinder));
	int err;

	if (!unwinder)
		return NULL;
	if (memory)
		unwinder->memory = *memory;
	err = memory ? 0 : walker_maps_open(&unwinder->maps, config, &unwinder->memory);
	if (!err)
		err = unwinder_init(unwinder, config, build);
	if (!err)
		return unwinder;
	unwinder_close(unwinder);
	errno = -err;
	return NULL;
}

struct unwinder *unwinder_open(const struct unwinder_config *config)
{
	return unwinder_open_parts(config, NULL,
				   config->confine ? unwind_table_build_confined
						   : unwind_table_build);
}

void unwinder_close(struct unwinder *unwinder)
{
	if (!unwinder)
		return;
	builder_close(unwinder->builder);
	unwind_table_end_confined();
	publisher_fini(&unwinder->publisher);
	residents_fini(&unwinder->residents);
	objects_fini(&unwinder->objects);
	pool_close(&unwinder->pool);
	walker_maps_close(&unwinder->maps);
	free(unwinder);
}

int unwinder_fd(const struct unwinder *unwinder)
{
	return builder_fd(unwinder->builder);
}

/* ---- turns ---- */

int unwinder_changed(struct unwinder *unwinder, uint32_t tgid)
{
	return publisher_changed(&unwinder->publisher, tgid, false);
}

int unwinder_missed(struct unwinder *unwinder, uint32_t tgid)
{
	return publisher_changed(&unwinder->publisher, tgid, true);
}

static int publish(struct unwinder *unwinder)
{
	int err = objects_sync(&unwinder->objects);

	return err ? err : publisher_run(&unwinder->publisher);
}

int unwinder_update(struct unwinder *unwinder)
{
	struct residents *residents = &unwinder->residents;
	int err = publish(unwinder);

	if (!err)
		err = residents_collect(residents);
	if (!err)
		err = residents_place(residents, COPY_UNITS_MAX);
	residents_feed(residents);
	return err;
}

/* ---- prepare ---- */

static int publish_all(struct unwinder *unwinder)
{
	const struct spaces *spaces = &unwinder->tracker->spaces;
	int err = 0;

	for (size_t i = 0; i < spaces->count && !err; i++) {
		if (spaces->processes[i])
			err = unwinder_changed(unwinder, spaces->processes[i]->tgid);
	}
	return err ? err : publish(unwinder);
}

struct candidate {
	uint32_t number, users;
};

static int compare_candidates(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;

	if (a->users != b->users)
		return a->users > b->users ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

/* Asks for the tables of all objects that are mapped, those first that most processes have. */
static int want_mapped(struct unwinder *unwinder)
{
	const struct objects *objects = &unwinder->objects;
	struct candidate *candidates = malloc(size_mul(objects->count, sizeof(*candidates)));
	size_t count = 0;
	int err = candidates ? 0 : -ENOMEM;

	for (size_t i = 0; i < objects->count && !err; i++) {
		if (objects->objects[i].users)
			candidates[count++] =
				(struct candidate){object_number(i), objects->objects[i].users};
	}
	if (!err)
		qsort(candidates, count, sizeof(*candidates), compare_candidates);
	for (size_t i = 0; i < count && !err; i++)
		err = residents_want(&unwinder->residents, candidates[i].number);
	free(candidates);
	return err;
}

/* Until the thread has finished something, but no longer than `timeout_ns`. */
static void wait_for_builder(const struct unwinder *unwinder, uint64_t timeout_ns)
{
	struct pollfd ready = {.fd = unwinder_fd(unwinder), .events = POLLIN};
	uint64_t timeout_ms = timeout_ns / 1000000 + 1;

	poll(&ready, 1, timeout_ms < 1000 ? (int)timeout_ms : 1000);
}

/*
 * Builds what is wanted, on the thread and here, while there is time and room; what is begun by then
 * is finished. Nothing makes way for anything: nobody knows yet what will be used.
 */
static int build_wanted(struct unwinder *unwinder, uint32_t units_max, uint64_t until_ns)
{
	struct residents *residents = &unwinder->residents;
	int err = 0;

	while (!err && !residents->is_waiting && unwinder->pool.used < units_max) {
		uint64_t now_ns = unwinder->memory.now_ns();

		if (now_ns >= until_ns)
			break;
		residents_feed(residents);
		if (!builder_pending(unwinder->builder))
			break;
		if (!builder_help(unwinder->builder))
			wait_for_builder(unwinder, until_ns - now_ns);
		err = residents_place(residents, COPY_UNITS_MAX);
	}
	return err;
}

int unwinder_prepare(struct unwinder *unwinder, bool everything, uint64_t until_ns)
{
	uint32_t room = unwinder->pool.room;
	int err = publish_all(unwinder);

	if (!err)
		err = want_mapped(unwinder);
	if (!err)
		err = build_wanted(unwinder, everything ? room : room / 2, until_ns);
	/* The programs will ask for those that are needed. */
	residents_forget_wanted(&unwinder->residents);
	return err;
}

int unwinder_release(struct unwinder *unwinder, bool *used, size_t count)
{
	struct objects *objects = &unwinder->objects;
	int err = publish(unwinder);
	bool *objects_used;

	if (err)
		return err;
	objects_used = calloc(size_add(objects->count, count + 1), sizeof(*objects_used));
	if (!objects_used)
		return -ENOMEM;
	memcpy(objects_used + 1, used, count * sizeof(*used));
	err = residents_release(&unwinder->residents, objects_used);
	memcpy(used, objects_used + 1, count * sizeof(*used));
	free(objects_used);
	return err;
}

bool unwinder_needs(struct unwinder *unwinder, uint32_t binary)
{
	uint32_t number = objects_of_binary(&unwinder->objects, binary);
	const struct object *object;

	if (number == UNWIND_OBJECT_CODE)
		return false;
	object = objects_get(&unwinder->objects, number);
	return object->state == OBJECT_WANTED || object->state == OBJECT_BUILDING;
}

void unwinder_stats(struct unwinder *unwinder, struct unwinder_stats *ret_stats)
{
	const struct residents *residents = &unwinder->residents;
	const struct objects *objects = &unwinder->objects;
	const struct pool *pool = &unwinder->pool;

	*ret_stats = (struct unwinder_stats){
		.tables = residents->tables,
		.rows = residents->rows,
		.built = residents->built,
		.without = objects->without,
		.failed = objects->failed,
		.damaged = residents->damaged,
		.evicted = residents->evicted,
		.no_room = residents->no_room,
		.too_large = residents->too_large,
		.too_many = objects->too_many,
		.memory_bytes = size_mul(pool->nr_backed, sizeof(struct unwind_segment)),
		.used_bytes = size_mul(pool->used, UNWIND_UNIT_BYTES),
		.build_ns = residents->build_ns,
		.spaces_full = unwinder->publisher.spaces_full,
		.one_failed = objects_path(objects, objects->one_failed),
		.one_damaged = objects_path(objects, residents->one_damaged),
		.one_no_room = objects_path(objects, residents->one_no_room),
		.one_too_large = objects_path(objects, residents->one_too_large),
	};
}
