// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes to entries of the walker; see publisher.h. */
#include "profiler/unwind/loader/publisher.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/hash.h"

/* A process with tens of thousands of mappings that maps without end is published less often. */
#define NS_PER_SPAN 1000

/* Fewer places of processes that are gone are not worth moving the others. */
#define GONE_MIN 256

void publisher_init(struct publisher *publisher, const struct spaces *spaces,
		    struct residents *residents)
{
	*publisher = (struct publisher){
		.spaces = spaces,
		.memory = residents->objects->memory,
		.objects = residents->objects,
		.residents = residents,
	};
	span_arrays_init(&publisher->arrays, residents->pool);
}

void publisher_fini(struct publisher *publisher)
{
	span_arrays_fini(&publisher->arrays);
	span_list_fini(&publisher->list);
	index_fini(&publisher->index);
	free(publisher->processes);
	free(publisher->dirty);
	*publisher = (struct publisher){0};
}

/* ---- processes ---- */

static struct published *find_process(const struct publisher *publisher, uint32_t tgid)
{
	struct index_probe at = index_probe(&publisher->index, hash_u64s(tgid, 0));

	while (index_next(&publisher->index, &at)) {
		if (publisher->processes[at.id].tgid == tgid)
			return &publisher->processes[at.id];
	}
	return NULL;
}

static int add_process(struct publisher *publisher, uint32_t tgid, struct published **ret_process)
{
	int err = ARRAY_RESERVE(publisher->processes, publisher->cap, publisher->count + 1);

	if (!err)
		err = index_insert(&publisher->index, hash_u64s(tgid, 0),
				   (uint32_t)publisher->count);
	if (err)
		return err;
	*ret_process = &publisher->processes[publisher->count++];
	**ret_process = (struct published){.tgid = tgid, .is_unsure = true};
	return 0;
}

/* Closes the gaps that processes left, once they are most of it. Returns 0 or -ENOMEM. */
static int forget_gone(struct publisher *publisher)
{
	struct index index = {0};
	size_t kept = 0;
	int err;

	if (publisher->nr_gone < GONE_MIN || publisher->nr_gone < publisher->count / 2)
		return 0;
	err = index_reserve(&index, publisher->count - publisher->nr_gone);
	if (err)
		return err;
	for (size_t i = 0; i < publisher->count; i++) {
		struct published process = publisher->processes[i];

		if (!process.tgid)
			continue;
		index_insert(&index, hash_u64s(process.tgid, 0), (uint32_t)kept);
		publisher->processes[kept++] = process;
	}
	publisher->count = kept;
	publisher->nr_gone = 0;
	index_fini(&publisher->index);
	publisher->index = index;
	return 0;
}

int publisher_changed(struct publisher *publisher, uint32_t tgid, bool missed)
{
	struct published *process;
	int err;

	if (!tgid)
		return 0;
	err = ARRAY_RESERVE(publisher->dirty, publisher->cap_dirty, publisher->nr_dirty + 1);
	process = find_process(publisher, tgid);
	if (!err && !process)
		err = add_process(publisher, tgid, &process);
	if (err)
		return err;
	if (missed) {
		process->is_unsure = true;
		process->not_before_ns = 0;
	}
	if (!process->is_dirty)
		publisher->dirty[publisher->nr_dirty++] = tgid;
	process->is_dirty = true;
	return 0;
}

/* ---- arrays ---- */

/* Lets the process have another array, or GENERATION_NONE, whose hold it takes over. */
static void change_array(struct publisher *publisher, struct published *process,
			 uint64_t generation)
{
	struct span_arrays *arrays = &publisher->arrays;
	const struct span_array *array = span_arrays_find(arrays, generation);

	if (array)
		spans_count_users(publisher->objects, span_array_spans(arrays, array),
				  array->nr_spans, true);
	array = span_arrays_find(arrays, process->generation);
	if (array) {
		spans_count_users(publisher->objects, span_array_spans(arrays, array),
				  array->nr_spans, false);
		span_arrays_release(arrays, process->generation);
	}
	process->generation = generation;
}

/* The array that an entry names; NULL when it is none of ours. */
static const struct span_array *named_array(const struct publisher *publisher,
					    const struct unwind_space *entry)
{
	const struct span_array *array = span_arrays_find(&publisher->arrays, entry->generation);

	return array && array->first == entry->spans && array->nr_spans == entry->nr_spans ? array
											   : NULL;
}

/*
 * Reads the process's entry: if it names an array of ours, then that is what the process has.
 * Otherwise its entry is not `there`.
 */
static int read_entry(struct publisher *publisher, struct published *process, bool *ret_there)
{
	const struct walker_memory *memory = publisher->memory;
	struct unwind_space entry;
	int err = memory->get_space(memory->data, process->tgid, &entry);

	if (err && err != -ENOENT)
		return err;
	*ret_there = !err && named_array(publisher, &entry);
	if (*ret_there && entry.generation != process->generation) {
		span_arrays_hold(&publisher->arrays, entry.generation);
		change_array(publisher, process, entry.generation);
	}
	return 0;
}

static bool has_list(const struct publisher *publisher, const struct published *process)
{
	const struct span_array *array = span_arrays_find(&publisher->arrays, process->generation);

	return array && array->nr_spans == publisher->list.count &&
	       !memcmp(span_array_spans(&publisher->arrays, array), publisher->list.spans,
		       publisher->list.count * sizeof(*publisher->list.spans));
}

/* Room for the list: what nobody names any more, then tables. -ENOSPC where all of that is none. */
static int add_array(struct publisher *publisher, uint64_t *ret_generation)
{
	struct span_arrays *arrays = &publisher->arrays;
	const struct span_list *list = &publisher->list;
	int err = span_arrays_add(arrays, list->spans, list->count, ret_generation);

	if (err != -ENOSPC || list->count > arrays->pool->room / UNWIND_SPAN_UNITS)
		return err;
	err = span_arrays_reclaim(arrays);
	if (!err)
		err = span_arrays_add(arrays, list->spans, list->count, ret_generation);
	if (err != -ENOSPC)
		return err;
	err = residents_make_room(publisher->residents, SPAN_ARRAY_UNITS(list->count));
	return err ? err : span_arrays_add(arrays, list->spans, list->count, ret_generation);
}

/* ---- publishing ---- */

static int put_entry(struct publisher *publisher, const struct published *process)
{
	const struct walker_memory *memory = publisher->memory;
	const struct span_array *array = span_arrays_find(&publisher->arrays, process->generation);
	struct unwind_space entry = {array->generation, array->first, array->nr_spans};

	return memory->put_space(memory->data, process->tgid, &entry);
}

static int drop_entry(struct publisher *publisher, struct published *process)
{
	const struct walker_memory *memory = publisher->memory;
	int err = memory->drop_space(memory->data, process->tgid);

	if (err)
		return err;
	process->is_unsure = false;
	change_array(publisher, process, GENERATION_NONE);
	return 0;
}

/* The process ended. Its entry went with it, unless we wrote it a moment too late. */
static int end_process(struct publisher *publisher, struct published *process)
{
	const struct walker_memory *memory = publisher->memory;
	struct unwind_space entry;

	/* Another entry than ours is that of the next process with this number. */
	if (process->generation != GENERATION_NONE &&
	    !memory->get_space(memory->data, process->tgid, &entry) &&
	    entry.generation == process->generation)
		memory->drop_space(memory->data, process->tgid);
	change_array(publisher, process, GENERATION_NONE);
	process->tgid = 0;
	publisher->nr_gone++;
	return 0;
}

/* Gives the process an array of the list's spans and writes its entry, as far as that is needed. */
static int publish_list(struct publisher *publisher, struct published *process, bool there)
{
	uint64_t generation;
	int err = 0;

	if (!has_list(publisher, process)) {
		err = add_array(publisher, &generation);
		if (!err)
			change_array(publisher, process, generation);
		there = false;
	}
	if (!err && !there)
		err = put_entry(publisher, process);
	process->is_unsure = err;
	process->not_before_ns = publisher->memory->now_ns() + publisher->list.count * NS_PER_SPAN;
	if (err != -ENOSPC && err != -E2BIG)
		return err;
	publisher->spaces_full += !process->is_full;
	process->is_full = true;
	return drop_entry(publisher, process); /* it may still name what was mapped before */
}

static int publish(struct publisher *publisher, struct published *process)
{
	const struct process *found = spaces_find(publisher->spaces, process->tgid);
	const struct image *image = found ? found->newest : NULL;
	bool there = true;
	int err;

	if (!image || found->exited_ns)
		return end_process(publisher, process);
	process->is_unsure |= process->image_ns != image->from_ns;
	process->image_ns = image->from_ns;
	err = span_list_fill(&publisher->list, publisher->objects, image);
	if (err)
		return err;
	/* An entry of what the program before it had mapped would be wrong; none is better. */
	if (!publisher->list.count)
		return process->is_unsure ? drop_entry(publisher, process) : 0;
	if (process->is_unsure)
		err = read_entry(publisher, process, &there);
	return err ? err : publish_list(publisher, process, there);
}

/* Those whose turn has not come stay dirty, and after an error all that are left. */
int publisher_run(struct publisher *publisher)
{
	uint64_t now_ns = publisher->nr_dirty ? publisher->memory->now_ns() : 0;
	size_t kept = 0;
	int err = 0;

	for (size_t i = 0; i < publisher->nr_dirty; i++) {
		uint32_t tgid = publisher->dirty[i];
		struct published *process = find_process(publisher, tgid);

		if (err || process->not_before_ns > now_ns) {
			publisher->dirty[kept++] = tgid;
			continue;
		}
		err = publish(publisher, process);
		process->is_dirty = err;
		if (err)
			publisher->dirty[kept++] = tgid;
	}
	publisher->nr_dirty = kept;
	if (!err)
		err = forget_gone(publisher);
	if (!err && span_arrays_want_reclaim(&publisher->arrays))
		err = span_arrays_reclaim(&publisher->arrays);
	return err;
}
