// SPDX-License-Identifier: GPL-2.0-or-later
/* Samples and events of a file of speedscope's; see speedscope_reader.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/file/speedscope_reader.h"
#include "profiler/model/alloc.h"

#define KEY_BYTES 8

struct samples_reader {
	struct speedscope_reader *r;
	uint32_t task;
	size_t column; /* of the profile's values */
	int digits;
	uint32_t *frames; /* of the stack, the outermost first */
	uint32_t *stacks; /* likewise: the stack that ends with each */
	size_t depth, cap_frames, cap_stacks;
	int carried; /* thousandths that the samples so far are short of, or over */
};

static int add_sample(struct samples_reader *s, struct json *json, uint32_t stack, int64_t value)
{
	struct sample sample = {
		.stack = stack, .task = s->task, .cpu = CPU_NONE, .cgroup = CGROUP_NONE};
	int64_t values[VALUE_TYPES_MAX] = {0};
	int err;

	if (!value)
		return 0;
	values[s->column] = value;
	err = profile_add_sample(s->r->profile, &sample, values);
	if (err != -EOVERFLOW)
		return err;
	json_refuse(json, "all weights together are too large");
	return 0;
}

static uint32_t read_frame(struct samples_reader *s, struct json *json)
{
	uint64_t frame = json_u64(json);

	if (frame < s->r->nr_locations)
		return (uint32_t)frame;
	json_refuse(json, "there is no frame of that number");
	return 0;
}

/* Puts a frame at a depth, of which those below are in place. */
static int put_frame(struct samples_reader *s, size_t depth, uint32_t frame)
{
	uint32_t callers = depth ? s->stacks[depth - 1] : STACK_EMPTY;
	int err = ARRAY_RESERVE(s->frames, s->cap_frames, depth + 1);

	if (!err)
		err = ARRAY_RESERVE(s->stacks, s->cap_stacks, depth + 1);
	if (!err)
		err = stack_table_push(&s->r->profile->stacks, callers, s->r->locations[frame],
				       &s->stacks[depth]);
	if (!err)
		s->frames[depth] = frame;
	return err;
}

static uint32_t top_stack(const struct samples_reader *s)
{
	return s->depth ? s->stacks[s->depth - 1] : STACK_EMPTY;
}

/* ---- sampled ---- */

/* Neighbours mostly begin alike: frames that are as in the sample before are in place. */
static int read_stack(struct samples_reader *s, struct json *json)
{
	size_t depth = 0;
	bool same = true;
	int err = 0;

	for (json_enter(json, '['); !err && json_more(json, ']');) {
		uint32_t frame = read_frame(s, json);

		if (json->wrong)
			return 0;
		same = same && depth < s->depth && s->frames[depth] == frame;
		if (!same)
			err = put_frame(s, depth, frame);
		depth++;
	}
	s->depth = depth;
	return err;
}

/* Whole, as values are: what one is short of goes to the next. */
static int64_t read_weight(struct samples_reader *s, struct json *json)
{
	struct json at = *json;
	int thousandths;
	int64_t weight = json_scaled(json, s->digits, &thousandths);

	if (weight < 0 || thousandths < 0) {
		*json = at;
		json_refuse(json, "a weight is negative: a comparison of profiles, which is none "
				  "itself");
		return 0;
	}
	if (!thousandths)
		return weight;
	s->r->rounded = true;
	s->carried += thousandths;
	if (s->carried < 500 || weight == INT64_MAX)
		return weight;
	s->carried -= 1000;
	return weight + 1;
}

static int read_sampled(struct samples_reader *s, const struct speedscope_profile *from)
{
	struct json samples = from->samples, weights = from->weights;
	int err = 0;

	json_enter(&samples, '[');
	json_enter(&weights, '[');
	while (!err && json_more(&samples, ']')) {
		int64_t weight;

		err = read_stack(s, &samples);
		if (err || samples.wrong)
			break;
		if (!json_more(&weights, ']')) {
			json_refuse(&weights, "there are fewer weights than samples");
			break;
		}
		weight = read_weight(s, &weights);
		if (!weights.wrong)
			err = add_sample(s, &weights, top_stack(s), weight);
		if (weights.wrong)
			break;
	}
	if (!err && !samples.wrong && !weights.wrong && json_more(&weights, ']'))
		json_refuse(&weights, "there are more weights than samples");
	if (!speedscope_is_wrong(s->r, &weights))
		speedscope_is_wrong(s->r, &samples);
	return err;
}

/* ---- evented ---- */

/* A point in time; or 0, which is as good as any, where nothing is said. */
static int64_t read_point(struct samples_reader *s, struct json *json)
{
	int thousandths;
	int64_t point = json_scaled(json, s->digits, &thousandths);

	if (thousandths)
		s->r->rounded = true;
	return point + (thousandths >= 500) - (thousandths <= -500);
}

struct event {
	char type;
	bool has_frame, has_at;
	uint32_t frame;
	int64_t at;
};

static struct event read_event(struct samples_reader *s, struct json *json)
{
	struct event event = {0};
	char key[KEY_BYTES], type[2];

	for (json_enter(json, '{'); json_more(json, '}');) {
		json_key(json, key, sizeof(key));
		if (!strcmp(key, "type")) {
			json_cut(json, type, sizeof(type));
			event.type = type[0];
		} else if (!strcmp(key, "frame")) {
			event.frame = read_frame(s, json);
			event.has_frame = true;
		} else if (!strcmp(key, "at")) {
			event.at = read_point(s, json);
			event.has_at = true;
		} else {
			json_skip(json);
		}
	}
	if ((event.type != 'O' && event.type != 'C') || !event.has_frame || !event.has_at)
		json_refuse(json, "an event has no type, frame or time");
	return event;
}

/* The frames that were open until now had this time. */
static int pass_time(struct samples_reader *s, struct json *json, int64_t *now, int64_t at)
{
	int64_t passed;

	if (__builtin_sub_overflow(at, *now, &passed) || passed < 0) {
		json_refuse(json, "time goes back, which would make a weight negative");
		return 0;
	}
	*now = at;
	return s->depth ? add_sample(s, json, top_stack(s), passed) : 0;
}

static int use_event(struct samples_reader *s, struct json *json, const struct event *event)
{
	if (event->type == 'O')
		return put_frame(s, s->depth++, event->frame);
	if (!s->depth || s->frames[s->depth - 1] != event->frame)
		json_refuse(json, "a frame is closed that is not the innermost one");
	else
		s->depth--;
	return 0;
}

/* What is still open at the end was so until then. */
static int read_evented(struct samples_reader *s, const struct speedscope_profile *from)
{
	struct json events = from->events, last = from->last;
	bool begun = false;
	int64_t now = 0;
	int err = 0;

	for (json_enter(&events, '['); !err && json_more(&events, ']');) {
		struct json start = events;
		struct event event = read_event(s, &events);

		if (events.wrong)
			break;
		if (!begun)
			now = event.at;
		begun = true;
		err = pass_time(s, &start, &now, event.at);
		if (!err && !start.wrong)
			err = use_event(s, &start, &event);
		if (speedscope_is_wrong(s->r, &start))
			return err;
	}
	if (!err && !events.wrong && s->depth && from->has_last)
		err = pass_time(s, &last, &now, read_point(s, &last));
	if (!speedscope_is_wrong(s->r, &events))
		speedscope_is_wrong(s->r, &last);
	return err;
}

/* ---- a profile ---- */

int speedscope_read_samples(struct speedscope_reader *r, const struct speedscope_profile *from,
			    size_t column, int digits, bool is_thread)
{
	struct samples_reader s = {.r = r, .task = TASK_NONE, .column = column, .digits = digits};
	struct task task = {.thread_name = from->named ? from->named : from->name};
	int err = is_thread ? profile_add_task(r->profile, &task, &s.task) : 0;

	if (!err)
		err = from->is_evented ? read_evented(&s, from) : read_sampled(&s, from);
	free(s.frames);
	free(s.stacks);
	return err;
}
