// SPDX-License-Identifier: GPL-2.0-or-later
/* See folded_stacks.h. */
#include "profiler/file/folded_stacks.h"

#include <errno.h>
#include <stdlib.h>

#include "profiler/model/alloc.h"

/* So many frames make a batch: some milliseconds of storing. */
#define BATCH_LOCATIONS ((size_t)64 * 1024)

void folded_stacks_init(struct folded_stacks *stacks, struct profile *profile)
{
	*stacks = (struct folded_stacks){.profile = profile};
	stacks->filling = &stacks->batches[0];
	stacks->storing = &stacks->batches[1];
}

/* Stores one line whose last frames are at `locations`. */
static int store_line(struct folded_stacks *stacks, const struct folded_line *line,
		      const uint32_t *locations)
{
	struct sample sample = {.task = TASK_NONE, .cpu = CPU_NONE, .cgroup = CGROUP_NONE};
	int64_t values[VALUE_TYPES_MAX] = {line->count};
	size_t depth = (size_t)line->kept + line->more;
	int err = ARRAY_RESERVE(stacks->stacks, stacks->cap_stacks, depth);

	if (!err)
		err = stack_table_push_all(
			&stacks->profile->stacks,
			line->kept ? stacks->stacks[line->kept - 1] : STACK_EMPTY, locations,
			line->more, stacks->stacks + line->kept);
	if (err || !line->count)
		return err;
	sample.stack = stacks->stacks[depth - 1];
	return profile_add_sample(stacks->profile, &sample, values);
}

static int store_batch(void *data)
{
	struct folded_stacks *stacks = data;
	struct folded_batch *batch = stacks->storing;
	const uint32_t *locations = batch->locations;
	int err = 0;

	for (size_t i = 0; i < batch->nr_lines && !err; i++) {
		err = store_line(stacks, &batch->lines[i], locations);
		locations += batch->lines[i].more;
	}
	batch->nr_lines = batch->nr_locations = 0;
	return err;
}

/* Waits for the batch that is being stored. */
static int settle(struct folded_stacks *stacks)
{
	int err = stacks->is_storing ? beside_end(&stacks->beside) : 0;

	stacks->is_storing = false;
	return err;
}

/* The batch that was filled is the next to be stored. */
static int take_turns(struct folded_stacks *stacks)
{
	struct folded_batch *filled = stacks->filling;
	int err = settle(stacks);

	stacks->filling = stacks->storing;
	stacks->storing = filled;
	return err;
}

void folded_stacks_fini(struct folded_stacks *stacks)
{
	if (stacks->is_storing)
		beside_drop(&stacks->beside);
	for (size_t i = 0; i < ARRAY_LEN(stacks->batches); i++) {
		free(stacks->batches[i].lines);
		free(stacks->batches[i].locations);
	}
	free(stacks->stacks);
}

uint32_t *folded_stacks_room(struct folded_stacks *stacks, size_t count)
{
	struct folded_batch *batch = stacks->filling;

	/* One more, as there is always room for none. */
	if (ARRAY_RESERVE(batch->locations, batch->cap_locations, batch->nr_locations + count + 1))
		return NULL;
	return batch->locations + batch->nr_locations;
}

int folded_stacks_add(struct folded_stacks *stacks, const struct folded_line *line)
{
	struct folded_batch *batch = stacks->filling;
	int err = ARRAY_RESERVE(batch->lines, batch->cap_lines, batch->nr_lines + 1);

	if (err)
		return err;
	batch->lines[batch->nr_lines++] = *line;
	batch->nr_locations += line->more;
	if (batch->nr_locations < BATCH_LOCATIONS && batch->nr_lines < BATCH_LOCATIONS)
		return 0;
	err = take_turns(stacks);
	if (err)
		return err;
	stacks->is_storing = true;
	beside_begin(&stacks->beside, store_batch, stacks);
	return 0;
}

int folded_stacks_finish(struct folded_stacks *stacks)
{
	int err = take_turns(stacks);

	return err ? err : store_batch(stacks);
}
