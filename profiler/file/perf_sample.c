// SPDX-License-Identifier: GPL-2.0-or-later
/* Samples of `perf script`; see perf_sample.h. */
#include "profiler/file/perf_sample.h"

#include <errno.h>
#include <stdlib.h>

#include "profiler/model/alloc.h"
#include "profiler/model/markers.h"

/* As many as a capture has, or up to twice as many. */
#define SLICES_COUNT 200
#define SLICE_MIN_NS 100000000
#define NO_TIME	     UINT64_MAX

/* A profile has some tens of thousands of addresses, and stacks, that are most of it. */
#define LINES_BITS 17
#define PATHS_BITS 15

int perf_sample_init(struct perf_sample *sample, struct profile *profile, struct perf_about *about,
		     const struct file_options *options)
{
	*sample = (struct perf_sample){.profile = profile, .about = about, .options = options};
	return memo_init(&sample->lines, LINES_BITS) || memo_init(&sample->sources, LINES_BITS) ||
			       memo_init(&sample->paths, PATHS_BITS)
		       ? -ENOMEM
		       : 0;
}

void perf_sample_fini(struct perf_sample *sample)
{
	memo_fini(&sample->lines);
	memo_fini(&sample->sources);
	memo_fini(&sample->paths);
	free(sample->frames);
	free(sample->stacks);
}

/* ---- beginning ------------------------------------------------------------------------------ */

static int set_values(struct perf_sample *sample, const struct perf_head *head,
		      struct file_complaints *complaints)
{
	size_t from[VALUE_TYPES_MAX];

	perf_about_values(sample->about, head);
	sample->values_set = true;
	return file_begin_values(sample->profile, &sample->about->about, from, &sample->first,
				 complaints);
}

static int find_task(struct perf_sample *sample, const struct perf_head *head)
{
	struct task task = {.tgid = head->has_pid ? head->pid : TASK_ID_UNKNOWN,
			    .tid = head->has_tid ? head->tid : TASK_ID_UNKNOWN};
	int err = 0;

	sample->task = TASK_NONE;
	if (!head->comm.len && !head->has_tid)
		return 0;
	if (head->comm.len)
		err = strings_intern(sample->profile->strings, head->comm.text, head->comm.len,
				     &task.thread_name);
	return err ? err : profile_add_task(sample->profile, &task, &sample->task);
}

int perf_sample_begin(struct perf_sample *sample, const struct perf_head *head,
		      struct file_complaints *complaints)
{
	int err = 0, is_frame;

	sample->nr_frames = sample->nr_frames_before = sample->nr_frames_last = 0;
	sample->taken = perf_about_event(sample->about, head->event, sample->options->event);
	if (!sample->taken)
		return 0;
	if (!sample->values_set)
		err = set_values(sample, head, complaints);
	if (!err)
		err = find_task(sample, head);
	sample->time_ns = head->has_time ? head->time_ns : NO_TIME;
	sample->period = head->has_period ? head->period : 0;
	sample->cpu = sample->options->group == GROUP_CPU ? head->cpu : CPU_NONE;
	if (err || !head->rest.len || perf_event_is_tracepoint(head->event))
		return err;
	is_frame = perf_sample_frame(sample, head->rest, perf_sample_look_up(sample, head->rest));
	sample->nr_frames_before = sample->nr_frames;
	return is_frame < 0 ? is_frame : 0;
}

/* ---- frames --------------------------------------------------------------------------------- */

static int push_frame(void *data, uint32_t location)
{
	struct perf_sample *sample = data;
	int err;

	if (sample->nr_frames_before) { /* there are others: what looked like a frame was none */
		sample->nr_frames_before = 0;
		sample->nr_frames = 0;
	}
	if (sample->nr_frames == PERF_FRAMES_MAX)
		return 0;
	err = ARRAY_RESERVE(sample->frames, sample->cap_frames, sample->nr_frames + 1);
	if (!err)
		sample->frames[sample->nr_frames++] = location;
	return err;
}

/* What a frame turned into: the outermost function comes first, and the leaf belongs first here. */
static void reverse(uint32_t *frames, size_t count)
{
	for (size_t i = 0; i < count / 2; i++) {
		uint32_t frame = frames[i];

		frames[i] = frames[count - 1 - i];
		frames[count - 1 - i] = frame;
	}
}

static int place_frame(struct perf_sample *sample, const struct perf_frame *frame,
		       struct piece text, uint32_t hash)
{
	size_t before = sample->nr_frames_before ? 0 : sample->nr_frames;
	int err =
		perf_place_add(sample->profile, frame, sample->options->addrs, push_frame, sample);

	if (err)
		return err;
	sample->nr_frames_last = sample->nr_frames - before;
	if (sample->nr_frames_last == 1)
		memo_put(&sample->lines, text, hash, sample->frames[before]);
	reverse(sample->frames + before, sample->nr_frames - before);
	return 1;
}

int perf_sample_frame(struct perf_sample *sample, struct piece text, uint32_t hash)
{
	struct perf_frame frame;
	uint32_t location;

	if (!sample->taken)
		return perf_frame_parse(text, &frame);
	location = memo_get(&sample->lines, text, hash);
	if (location != MEMO_NONE) {
		sample->nr_frames_last = 1;
		return push_frame(sample, location) ? -ENOMEM : 1;
	}
	return perf_frame_parse(text, &frame) ? place_frame(sample, &frame, text, hash) : 0;
}

/* The location of a frame of which more is known. */
static int add_source(struct profile *profile, uint32_t frame, const struct perf_source *source,
		      uint32_t *ret_location)
{
	struct location location = profile->locations[frame];
	struct given_frame given = {.name = location.name, .module = location.module};
	int err = 0;

	if (source->inlined && location.kind != FRAME_UNNAMED)
		location.kind = FRAME_INLINED;
	if (!source->file.len)
		return profile_add_location(profile, &location, ret_location);
	given.kind = location.kind;
	given.place.line = source->line;
	err = strings_intern(profile->strings, source->file.text, source->file.len,
			     &given.place.file);
	return err ? err
		   : profile_add_given(profile, MAPPING_NONE, 0, &given, 1, ret_location);
}

int perf_sample_source(struct perf_sample *sample, const struct perf_source *source,
		       struct piece text)
{
	char bytes[256];
	uint32_t *frame, hash, location;
	struct piece key = {bytes, sizeof(*frame) + text.len};
	int err;

	if (!sample->taken || !sample->nr_frames || sample->nr_frames_last != 1 ||
	    (!source->file.len && !source->inlined))
		return 0;
	frame = &sample->frames[sample->nr_frames - 1];
	if (key.len > sizeof(bytes))
		return add_source(sample->profile, *frame, source, frame);
	memcpy(bytes, frame, sizeof(*frame));
	memcpy(bytes + sizeof(*frame), text.text, text.len);
	hash = memo_hash(&sample->sources, key);
	location = memo_get(&sample->sources, key, hash);
	if (location == MEMO_NONE) {
		err = add_source(sample->profile, *frame, source, &location);
		if (err)
			return err;
		memo_put(&sample->sources, key, hash, location);
	}
	*frame = location;
	return 0;
}

/* ---- ending --------------------------------------------------------------------------------- */

static int add_marker(struct perf_sample *sample, const char *name)
{
	uint32_t location;
	int err = profile_add_name(sample->profile, name, strlen(name), FRAME_MARKER, &location);

	if (!err)
		err = ARRAY_RESERVE(sample->frames, sample->cap_frames, sample->nr_frames + 1);
	if (!err)
		sample->frames[sample->nr_frames++] = location;
	return err;
}

/* Enters the stack of the current frames. */
static int push_stack(struct perf_sample *sample, uint32_t *ret_stack)
{
	size_t count = sample->nr_frames;
	int err = ARRAY_RESERVE(sample->stacks, sample->cap_stacks, count);

	if (err)
		return err;
	reverse(sample->frames, count);
	err = stack_table_push_all(&sample->profile->stacks, STACK_EMPTY, sample->frames, count,
				   sample->stacks);
	reverse(sample->frames, count);
	if (!err)
		*ret_stack = sample->stacks[count - 1];
	return err;
}

static int find_stack(struct perf_sample *sample, uint32_t *ret_stack)
{
	struct piece frames;
	uint32_t hash;
	int err = 0;

	if (!sample->nr_frames)
		err = add_marker(sample, MARKER_NO_STACK);
	else if (sample->nr_frames == PERF_FRAMES_MAX)
		err = add_marker(sample, MARKER_TRUNCATED);
	if (err)
		return err;
	frames = (struct piece){(const char *)sample->frames,
				sample->nr_frames * sizeof(*sample->frames)};
	hash = memo_hash(&sample->paths, frames);
	*ret_stack = memo_get(&sample->paths, frames, hash);
	if (*ret_stack != MEMO_NONE)
		return 0;
	err = push_stack(sample, ret_stack);
	if (!err)
		memo_put(&sample->paths, frames, hash, *ret_stack);
	return err;
}

static int begin_slices(struct perf_sample *sample)
{
	struct slices_plan plan = {
		.begin_ns = sample->time_ns,
		.width_ns = SLICE_MIN_NS,
		.count_max = SLICES_COUNT,
		.shares_max = SLICES_SHARES_MAX,
	};

	return slices_begin(&sample->profile->slices, &plan);
}

static void note_time(struct perf_sample *sample)
{
	struct perf_about *about = sample->about;

	if (sample->time_ns == NO_TIME) {
		sample->timeless = true;
		return;
	}
	if (sample->time_ns < about->first_ns)
		about->first_ns = sample->time_ns;
	if (sample->time_ns > about->last_ns)
		about->last_ns = sample->time_ns;
}

/* Notes when the sample was. Of several files together there are no slices, nor without all times. */
static int add_time(struct perf_sample *sample, uint32_t id)
{
	struct slices *slices = &sample->profile->slices;
	int err = 0;

	note_time(sample);
	if (sample->first && sample->timeless)
		slices_fini(slices);
	if (!sample->first || sample->timeless)
		return 0;
	if (!sample->sliced)
		err = begin_slices(sample);
	sample->sliced = true;
	while (!err && slices_due_ns(slices) <= sample->time_ns)
		slices_turn(slices, slices_due_ns(slices));
	return err ? err : slices_add(slices, id, sample->time_ns, sample->time_ns, 1);
}

int perf_sample_end(struct perf_sample *sample)
{
	struct sample key = {.task = sample->task, .cpu = sample->cpu, .cgroup = CGROUP_NONE};
	int64_t values[VALUE_TYPES_MAX] = {1};
	uint32_t id;
	int err;

	if (!sample->taken)
		return 0;
	if (sample->period > INT64_MAX)
		return -EOVERFLOW;
	values[1] = (int64_t)sample->period;
	err = find_stack(sample, &key.stack);
	if (!err)
		err = profile_add_sample_id(sample->profile, &key, values, &id);
	if (err)
		return err;
	sample->about->taken++;
	return add_time(sample, id);
}

static int compare_leaders(const void *left, const void *right)
{
	const struct task *a = left, *b = right;

	return a->tgid < b->tgid ? -1 : a->tgid > b->tgid;
}

/* Processes are called like the thread that has their number, where there was a sample of it. */
static int name_processes(struct profile *profile)
{
	struct task *leaders = malloc(size_mul(profile->nr_tasks + 1, sizeof(*leaders)));
	size_t count = 0;

	if (!leaders)
		return -ENOMEM;
	for (size_t i = 0; i < profile->nr_tasks; i++) {
		const struct task *task = &profile->tasks[i];

		if (task->tgid != TASK_ID_UNKNOWN && task->tgid == task->tid)
			leaders[count++] = *task;
	}
	qsort(leaders, count, sizeof(*leaders), compare_leaders);
	for (size_t i = 0; i < profile->nr_tasks && count; i++) {
		struct task *task = &profile->tasks[i];
		const struct task *leader =
			bsearch(task, leaders, count, sizeof(*leaders), compare_leaders);

		if (leader && task->process_name == STRING_NONE)
			task->process_name = leader->thread_name;
	}
	free(leaders);
	return 0;
}

int perf_sample_finish(struct perf_sample *sample)
{
	struct profile *profile = sample->profile;
	int err = name_processes(profile);

	if (err || !sample->first || !profile->slices.count)
		return err;
	return slices_seal(&profile->slices, profile->nr_samples, sample->about->last_ns + 1);
}
