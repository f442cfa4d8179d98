// SPDX-License-Identifier: GPL-2.0-or-later
/* Asking for tables, placing them, and giving them up; see residents.h. */
#include "profiler/unwind/loader/residents.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"

/* An object whose table was given up, or found no room, is not built again before. */
#define REBUILD_INTERVAL_NS 1000000000ULL

/* From an epoch's beginning until who is not touched is not in use: at 99 Hz 25 samples a CPU. */
#define SETTLE_NS 250000000ULL
/* Touches say less and less about use, as the programs fill their caches again. */
#define EPOCH_NS 1000000000ULL

/* Every eviction waits for programs: this part of the pool at least, where so much is cold. */
#define EVICT_PART 16

static uint64_t now(const struct residents *residents)
{
	return residents->objects->memory->now_ns();
}

void residents_init(struct residents *residents, struct pool *pool, struct objects *objects,
		    struct builder *builder, volatile uint32_t *epoch)
{
	*residents = (struct residents){
		.pool = pool,
		.objects = objects,
		.builder = builder,
		.epoch = epoch,
	};
}

void residents_fini(struct residents *residents)
{
	if (residents->is_waiting)
		unwind_table_fini(&residents->waiting.table);
	free(residents->wanted);
	*residents = (struct residents){0};
}

/* ---- who is in use ---- */

/* A table that may be given up: nobody has it mapped, or it was not looked for since. */
static bool is_cold(const struct object *object, uint64_t since_ns)
{
	return object->state == OBJECT_LOADED && (!object->users || object->touched_ns < since_ns);
}

/* Whether so many units would be free without the tables that are cold in this epoch. */
static bool cold_makes_room(const struct residents *residents, uint32_t units)
{
	const struct objects *objects = residents->objects;
	uint64_t room = residents->pool->room - residents->pool->used;

	for (size_t i = 0; i < objects->count; i++) {
		if (is_cold(&objects->objects[i], residents->epoch_ns))
			room += objects->objects[i].nr_units;
	}
	return room >= units;
}

/* Whether touches tell who is in use; begins an epoch where they do not. */
static bool touches_are_true(struct residents *residents)
{
	uint64_t now_ns = now(residents);

	if (!residents->epoch_ns || now_ns - residents->epoch_ns > EPOCH_NS) {
		residents->epoch_ns = now_ns;
		if (residents->epoch)
			++*residents->epoch;
	}
	return now_ns - residents->epoch_ns >= SETTLE_NS;
}

/* ---- giving up ---- */

struct victim {
	uint32_t number;
	bool is_mapped;
	uint64_t touched_ns;
};

static int compare_victims(const void *left, const void *right)
{
	const struct victim *a = left, *b = right;

	if (a->is_mapped != b->is_mapped)
		return a->is_mapped ? 1 : -1;
	if (a->touched_ns != b->touched_ns)
		return a->touched_ns < b->touched_ns ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

/* All cold tables, the least used first, in an array the caller frees. */
static int find_victims(const struct residents *residents, uint64_t since_ns,
			struct victim **ret_victims, size_t *ret_count)
{
	const struct objects *objects = residents->objects;
	struct victim *victims = malloc(size_mul(objects->count, sizeof(*victims)));
	size_t count = 0;

	if (!victims)
		return -ENOMEM;
	for (size_t i = 0; i < objects->count; i++) {
		const struct object *object = &objects->objects[i];

		if (is_cold(object, since_ns))
			victims[count++] = (struct victim){object_number(i), object->users,
							   object->touched_ns};
	}
	qsort(victims, count, sizeof(*victims), compare_victims);
	*ret_victims = victims;
	*ret_count = count;
	return 0;
}

static void free_table(struct residents *residents, struct object *object)
{
	pool_give(residents->pool, object->first, object->nr_units);
	object->state = OBJECT_ABSENT;
	object->not_before_ns = now(residents) + REBUILD_INTERVAL_NS;
	residents->tables--;
	residents->rows -= object->nr_rows;
	residents->evicted++;
}

/* Takes tables from the programs, waits until none is walked any more, and frees them. */
static int give_up(struct residents *residents, const struct victim *victims, size_t count)
{
	struct objects *objects = residents->objects;
	const struct walker_memory *memory = objects->memory;
	int err;

	for (size_t i = 0; i < count; i++)
		objects_publish(objects, victims[i].number, UNWIND_TABLE_ABSENT);
	err = memory->wait_for_programs(memory->data);
	for (size_t i = 0; i < count; i++) {
		struct object *object = objects_get(objects, victims[i].number);

		if (err)
			objects_publish(objects, victims[i].number, object->first);
		else
			free_table(residents, object);
	}
	return err;
}

/* How many victims, in order, hold at least so many units. */
static size_t enough_victims(const struct residents *residents, const struct victim *victims,
			     size_t count, uint32_t units)
{
	uint64_t sum = 0;
	size_t enough = 0;

	while (enough < count && sum < units)
		sum += objects_get(residents->objects, victims[enough++].number)->nr_units;
	return enough;
}

/* Gives up tables that are cold since a time, until a run of so many units is free. */
static int evict(struct residents *residents, uint32_t units, uint64_t since_ns)
{
	uint32_t batch = residents->pool->room / EVICT_PART;
	struct victim *victims;
	size_t count, done = 0;
	int err = find_victims(residents, since_ns, &victims, &count);

	if (err)
		return err;
	if (batch < units)
		batch = units;
	while (!err && done < count && !pool_has(residents->pool, units)) {
		size_t next = enough_victims(residents, victims + done, count - done, batch);

		err = give_up(residents, victims + done, next);
		done += next;
	}
	free(victims);
	return err;
}

int residents_make_room(struct residents *residents, uint32_t units)
{
	return evict(residents, units, UINT64_MAX);
}

/* ---- releasing ---- */

/* Whether there may be no file behind the object from now on. */
static bool can_go(const struct residents *residents, size_t place)
{
	const struct object *object = &residents->objects->objects[place];
	uint32_t number = object_number(place);

	return place && !object->users && object->state != OBJECT_WANTED &&
	       object->state != OBJECT_BUILDING && number != residents->one_damaged &&
	       number != residents->one_no_room && number != residents->one_too_large &&
	       number != residents->objects->one_failed;
}

int residents_release(struct residents *residents, bool *used)
{
	struct objects *objects = residents->objects;
	struct victim *victims = malloc(size_mul(objects->count, sizeof(*victims)));
	uint64_t evicted = residents->evicted;
	size_t count = 0;
	int err;

	if (!victims)
		return -ENOMEM;
	for (size_t place = 0; place < objects->count; place++) {
		used[place] = used[place] || !can_go(residents, place);
		if (!used[place] && objects->objects[place].state == OBJECT_LOADED)
			victims[count++] = (struct victim){.number = object_number(place)};
	}
	err = count ? give_up(residents, victims, count) : 0;
	for (size_t place = 0; place < objects->count && !err; place++) {
		if (!used[place])
			objects_forget(objects, object_number(place));
	}
	residents->evicted = evicted; /* that was no want of memory */
	free(victims);
	return err;
}

/* ---- asking ---- */

int residents_want(struct residents *residents, uint32_t number)
{
	struct object *object = objects_get(residents->objects, number);
	int err;

	if (object->state != OBJECT_ABSENT)
		return 0;
	err = ARRAY_RESERVE(residents->wanted, residents->cap_wanted, residents->nr_wanted + 1);
	if (err)
		return err;
	residents->wanted[residents->nr_wanted++] = number;
	object->state = OBJECT_WANTED;
	return 0;
}

/* Whether building is worth its cost: the size, where known from an earlier time, finds room. */
static bool would_fit(struct residents *residents, const struct object *object)
{
	return !object->nr_units || pool_has(residents->pool, object->nr_units) ||
	       (touches_are_true(residents) && cold_makes_room(residents, object->nr_units));
}

int residents_collect(struct residents *residents)
{
	struct objects *objects = residents->objects;
	uint64_t now_ns = now(residents);
	int err = 0;

	for (size_t i = 0; i < objects->count && !err; i++) {
		struct object *object = &objects->objects[i];

		if (!objects_touched(objects, object_number(i)))
			continue;
		object->touched_ns = now_ns;
		if (object->state == OBJECT_ABSENT && now_ns >= object->not_before_ns &&
		    would_fit(residents, object))
			err = residents_want(residents, object_number(i));
	}
	return err;
}

void residents_feed(struct residents *residents)
{
	size_t fed = 0;

	for (; fed < residents->nr_wanted; fed++) {
		uint32_t number = residents->wanted[fed];
		struct object *object = objects_get(residents->objects, number);

		if (!builder_add(residents->builder, number, object->fd))
			break;
		object->state = OBJECT_BUILDING;
	}
	if (!fed)
		return;
	residents->nr_wanted -= fed;
	memmove(residents->wanted, residents->wanted + fed,
		residents->nr_wanted * sizeof(*residents->wanted));
}

void residents_forget_wanted(struct residents *residents)
{
	uint32_t number;

	while (builder_withdraw(residents->builder, &number))
		objects_get(residents->objects, number)->state = OBJECT_ABSENT;
	while (residents->nr_wanted) {
		number = residents->wanted[--residents->nr_wanted];
		objects_get(residents->objects, number)->state = OBJECT_ABSENT;
	}
}

/* ---- placing ---- */

static void postpone(struct residents *residents, struct object *object)
{
	object->state = OBJECT_ABSENT;
	object->not_before_ns = now(residents) + REBUILD_INTERVAL_NS;
}

/* Counts the objects of which this was last said. */
static void note_room(struct residents *residents, uint32_t number, bool found)
{
	struct object *object = objects_get(residents->objects, number);

	residents->no_room += !found;
	residents->no_room -= object->found_no_room;
	object->found_no_room = !found;
	if (!found)
		residents->one_no_room = number;
}

static void load(struct residents *residents, const struct built *built, uint32_t first)
{
	struct object *object = objects_get(residents->objects, built->object);

	memcpy(&residents->pool->units[first], built->table.units,
	       size_mul(built->table.nr_units, UNWIND_UNIT_BYTES));
	object->first = first;
	object->nr_rows = built->table.nr_rows;
	object->touched_ns = now(residents);
	object->state = OBJECT_LOADED;
	objects_publish(residents->objects, built->object, first);
	residents->tables++;
	residents->rows += object->nr_rows;
}

/*
 * Finds room for what is waiting, or gives it up. -EAGAIN: it is too early to tell whether there is
 * any.
 */
static int place_waiting(struct residents *residents)
{
	const struct built *built = &residents->waiting;
	struct object *object = objects_get(residents->objects, built->object);
	uint32_t units = object->nr_units, first;
	int err = pool_take(residents->pool, units, POOL_LOW, &first);

	if (err == -ENOSPC) {
		if (!touches_are_true(residents))
			return -EAGAIN;
		if (cold_makes_room(residents, units))
			err = evict(residents, units, residents->epoch_ns);
		if (!err)
			err = pool_take(residents->pool, units, POOL_LOW, &first);
	}
	if (!err)
		load(residents, built, first);
	else
		postpone(residents, object);
	note_room(residents, built->object, !err);
	unwind_table_fini(&residents->waiting.table);
	residents->is_waiting = false;
	return err == -ENOSPC ? 0 : err;
}

/* Books what came of a job; true when there is a table to be placed. */
static bool receive(struct residents *residents, const struct built *built)
{
	struct object *object = objects_get(residents->objects, built->object);

	residents->build_ns += built->build_ns;
	if (built->error) {
		if (built->error == -ENOMEM)
			postpone(residents, object);
		else
			objects_give_up(residents->objects, built->object, built->error);
		return false;
	}
	residents->built++;
	if (!object->nr_units && built->table.damaged) { /* the first time */
		residents->damaged += built->table.damaged;
		residents->one_damaged = built->object;
	}
	if (built->table.nr_units <= residents->pool->room) {
		object->nr_units = (uint32_t)built->table.nr_units;
		return true;
	}
	residents->too_large++;
	residents->one_too_large = built->object;
	object->state = OBJECT_TOO_LARGE;
	return false;
}

static int place(struct residents *residents, uint32_t max_units)
{
	uint32_t copied = 0;
	int err = 0;

	while (copied <= max_units && !err) {
		struct built *built = &residents->waiting;

		if (!residents->is_waiting) {
			if (!builder_take(residents->builder, built))
				return 0;
			residents->is_waiting = receive(residents, built);
		}
		if (residents->is_waiting) {
			copied += (uint32_t)built->table.nr_units;
			err = place_waiting(residents);
		} else {
			unwind_table_fini(&built->table);
		}
	}
	return err == -EAGAIN ? 0 : err;
}

int residents_place(struct residents *residents, uint32_t max_units)
{
	int err = place(residents, max_units);

	/* Nobody need come back sooner for those behind the one that waits. */
	builder_hold(residents->builder, residents->is_waiting);
	return err;
}
