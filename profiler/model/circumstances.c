// SPDX-License-Identifier: GPL-2.0-or-later
/* Circumstances of a profile, and of several that are added up; see circumstances.h. */
#include "profiler/model/circumstances.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(name, rule)      {#name, offsetof(struct circumstances, name), rule}
#define TEXT(name)	       FIELD(name, RULE_EQUAL)
#define PART(part, name, rule) {#name, offsetof(struct circumstances, part.name), rule}

const struct circumstance_field circumstance_texts[] = {
	TEXT(title), TEXT(note),   TEXT(command), TEXT(target),
	TEXT(host),  TEXT(kernel), TEXT(event),	  TEXT(tool_version),
	TEXT(comments), TEXT(period_name), TEXT(period_unit),
	{0},
};

const struct circumstance_field circumstance_numbers[] = {
	FIELD(start_unix_ns, RULE_LEAST),
	FIELD(duration_ns, RULE_SUM),
	FIELD(frequency_hz, RULE_EQUAL),
	FIELD(period, RULE_EQUAL),
	FIELD(values_before, RULE_EQUAL),
	FIELD(fired, RULE_SUM),
	FIELD(own_cpu_ns, RULE_SUM),
	FIELD(own_rss_bytes, RULE_LARGEST),
	FIELD(map_bytes, RULE_LARGEST),
	FIELD(own_program_ns, RULE_SUM),
	FIELD(own_program_runs, RULE_SUM),
	{0},
};

const struct circumstance_field circumstance_book_numbers[] = {
	PART(books, threads, RULE_SUM),		PART(books, lifetime_ns, RULE_SUM_ANY),
	PART(books, cpu_ns, RULE_SUM_ANY),	PART(books, blocked_ns, RULE_SUM_ANY),
	PART(books, queued_ns, RULE_SUM_ANY),	PART(books, residual_ns, RULE_SUM_ANY),
	{0},
};

const struct circumstance_field circumstance_sampling_numbers[] = {
	PART(sampling, max_overhead_ppm, RULE_EQUAL),
	PART(sampling, estimated_waits, RULE_SUM_ANY),
	PART(sampling, one_in, RULE_LARGEST),
	PART(sampling, unwalked_ns, RULE_SUM_ANY),
	{0},
};

void circumstances_init(struct circumstances *about)
{
	*about = (struct circumstances){0};
}

void circumstances_fini(struct circumstances *about)
{
	for (const struct circumstance_field *field = circumstance_texts; field->key; field++)
		free(*circumstance_text(about, field));
	circumstances_init(about);
}

uint64_t circumstances_lost(const struct circumstances *about)
{
	uint64_t lost = 0;

	for (size_t i = 0; i < about->nr_events; i++) {
		if (about->events[i].is_loss)
			lost += about->events[i].count;
	}
	return lost;
}

/* ---- adding up ---- */

/* False when the sum does not fit. */
static bool add_number(enum circumstance_rule rule, uint64_t *into, uint64_t more)
{
	switch (rule) {
	case RULE_EQUAL:
		*into = *into == more ? more : 0;
		return true;
	case RULE_LEAST:
		*into = *into < more ? *into : more; /* 0 when one is unknown */
		return true;
	case RULE_LARGEST:
		*into = *into > more ? *into : more;
		return true;
	case RULE_SUM:
		if (!*into || !more) {
			*into = 0;
			return true;
		}
		break;
	case RULE_SUM_ANY:
		break;
	}
	return !__builtin_add_overflow(*into, more, into);
}

static bool add_numbers(struct circumstances *into, const struct circumstances *more,
			const struct circumstance_field *fields)
{
	bool fits = true;

	for (; fields->key; fields++)
		fits &= add_number(fields->rule, circumstance_number(into, fields),
				   *circumstance_number((struct circumstances *)more, fields));
	return fits;
}

/* Returns 0, -EOVERFLOW or -E2BIG. */
static int add_events(struct circumstances *into, const struct circumstances *more)
{
	for (size_t i = 0; i < more->nr_events; i++) {
		const struct event_count *event = &more->events[i];
		size_t at = 0;

		while (at < into->nr_events && strcmp(into->events[at].name, event->name))
			at++;
		if (at == EVENT_COUNTS_MAX)
			return -E2BIG;
		if (at == into->nr_events) {
			into->events[into->nr_events++] = *event;
			continue;
		}
		into->events[at].is_loss |= event->is_loss;
		if (__builtin_add_overflow(into->events[at].count, event->count,
					   &into->events[at].count))
			return -EOVERFLOW;
	}
	return 0;
}

static uint64_t magnitude(int64_t value)
{
	return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

/* The worst first; of equally bad ones those that were there before. */
static void add_residuals(struct circumstances *into, const struct circumstances *more)
{
	for (size_t i = 0; i < more->nr_residuals; i++) {
		const struct thread_residual *thread = &more->residuals[i];
		size_t at = into->nr_residuals;

		while (at && magnitude(into->residuals[at - 1].residual_ns) <
				     magnitude(thread->residual_ns))
			at--;
		if (at == RESIDUALS_MAX)
			continue;
		if (into->nr_residuals < RESIDUALS_MAX)
			into->nr_residuals++;
		memmove(&into->residuals[at + 1], &into->residuals[at],
			(into->nr_residuals - 1 - at) * sizeof(*thread));
		into->residuals[at] = *thread;
	}
}

/* Books of some of the threads would pass for those of all. */
static bool add_books(struct circumstances *into, const struct circumstances *more)
{
	if (!into->books.threads || !more->books.threads) {
		into->books = (struct time_books){0};
		into->nr_residuals = 0;
		return true;
	}
	add_residuals(into, more);
	return add_numbers(into, more, circumstance_book_numbers);
}

int circumstances_add(struct circumstances *into, const struct circumstances *more)
{
	struct circumstances sum = *into;
	int err = add_events(&sum, more);

	if (err)
		return err;
	if (!add_numbers(&sum, more, circumstance_numbers) || !add_books(&sum, more) ||
	    !add_numbers(&sum, more, circumstance_sampling_numbers))
		return -EOVERFLOW;
	if (sum.cpus != more->cpus)
		sum.cpus = 0;
	for (const struct circumstance_field *field = circumstance_texts; field->key; field++) {
		char **have = circumstance_text(&sum, field);
		const char *other = *circumstance_text((struct circumstances *)more, field);

		if (*have && (!other || strcmp(*have, other))) {
			free(*have);
			*have = NULL;
		}
	}
	*into = sum;
	return 0;
}
