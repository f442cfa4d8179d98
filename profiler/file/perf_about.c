// SPDX-License-Identifier: GPL-2.0-or-later
/* Headers and events of `perf script`; see perf_about.h. */
#include "profiler/file/perf_about.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "profiler/model/alloc.h"
#include "profiler/model/utf8.h"

#define TEXT_MAX 200
#define LOST_MAX ((uint64_t)1 << 62) /* so that sums fit */

void perf_about_init(struct perf_about *about)
{
	*about = (struct perf_about){.first_ns = UINT64_MAX};
	circumstances_init(&about->about);
}

void perf_about_fini(struct perf_about *about)
{
	circumstances_fini(&about->about);
	free(about->os_release);
	free(about->arch);
}

/* ---- comments: tools/perf/util/header.c ----------------------------------------------------- */

/* What stands behind "# NAME :", which old versions wrote without the first blank. */
static bool header_value(struct piece text, const char *name, struct piece *ret)
{
	struct piece left = piece_trim(piece_from(text, 1));

	if (!piece_starts(left, name))
		return false;
	left = piece_trim(piece_from(left, strlen(name)));
	if (!left.len || left.text[0] != ':')
		return false;
	*ret = piece_trim(piece_from(left, 1));
	return ret->len > 0;
}

static int keep_text(struct piece value, char **into)
{
	if (*into)
		return 0;
	*into = strndup(value.text, value.len < TEXT_MAX ? value.len : TEXT_MAX);
	return *into ? 0 : -ENOMEM;
}

/* The number behind a word, up to what is no digit. */
static bool number_behind(struct piece text, const char *word, uint64_t *ret)
{
	size_t at = piece_find(text, word), end;

	if (at == text.len)
		return false;
	text = piece_from(text, at + strlen(word));
	for (end = 0; end < text.len && piece_digit(text.text[end]);)
		end++;
	return piece_number(piece_upto(text, end), ret);
}

static struct perf_event *find_event(struct perf_about *about, struct piece name)
{
	struct perf_event *event;

	for (size_t i = 0; i < about->nr_events; i++) {
		event = &about->events[i];
		if (event->len == name.len && !memcmp(event->name, name.text, name.len))
			return event;
	}
	if (about->nr_events == PERF_EVENTS_MAX || name.len >= PERF_EVENT_NAME_MAX)
		return NULL;
	event = &about->events[about->nr_events++];
	*event = (struct perf_event){.len = name.len};
	memcpy(event->name, name.text, name.len);
	return event;
}

/* "name = cycles:u, , ... { sample_period, sample_freq } = 99, ... freq = 1, ..." */
static void read_event(struct perf_about *about, struct piece value)
{
	struct perf_event *event;
	uint64_t hz, is_frequency;
	size_t end;

	if (!piece_starts(value, "name = "))
		return;
	value = piece_from(value, strlen("name = "));
	end = piece_find(value, ", ");
	event = find_event(about, piece_upto(value, end));
	if (event && number_behind(value, "sample_freq } = ", &hz) &&
	    number_behind(value, " freq = ", &is_frequency) && is_frequency)
		event->frequency_hz = hz;
}

int perf_about_comment(struct perf_about *about, struct piece text)
{
	struct piece value;
	uint64_t number;

	if (header_value(text, "hostname", &value))
		return keep_text(value, &about->about.host);
	if (header_value(text, "os release", &value))
		return keep_text(value, &about->os_release);
	if (header_value(text, "arch", &value))
		return keep_text(value, &about->arch);
	if (header_value(text, "nrcpus online", &value) && piece_number(value, &number) &&
	    number < UINT32_MAX)
		about->about.cpus = (uint32_t)number;
	else if (header_value(text, "event", &value))
		read_event(about, value);
	return 0;
}

void perf_about_record(struct perf_about *about, struct piece text)
{
	uint64_t lost;

	if (piece_starts(text, "PERF_RECORD_LOST") && number_behind(text, " lost ", &lost) &&
	    (lost > LOST_MAX || (about->lost += lost) > LOST_MAX))
		about->lost = LOST_MAX;
}

/* ---- events --------------------------------------------------------------------------------- */

static bool is_wanted(struct piece event, const char *wanted)
{
	return piece_is(event, wanted) || piece_is(perf_event_base(event), wanted);
}

bool perf_about_event(struct perf_about *about, struct piece name, const char *wanted)
{
	struct perf_event *event = name.len ? find_event(about, name) : NULL;

	if (!name.len)
		return !wanted; /* printed without events */
	if (!event) {
		about->others++;
		return wanted && is_wanted(name, wanted);
	}
	if (!event->samples++)
		event->chosen = wanted ? is_wanted(name, wanted) : !about->chosen;
	if (event->chosen && !about->chosen)
		about->chosen = event;
	return event->chosen;
}

void perf_about_values(struct perf_about *about, const struct perf_head *head)
{
	struct circumstances *own = &about->about;
	struct piece base = perf_event_base(head->event);
	bool clock = piece_is(base, "cpu-clock") || piece_is(base, "task-clock");
	struct value_type *period = &own->values[1];

	own->values[0] = (struct value_type){"samples", "count", VALUE_AMOUNT};
	own->nr_values = 1;
	if (!head->has_period || !base.len)
		return;
	own->nr_values = 2;
	*period = (struct value_type){.role = VALUE_AMOUNT};
	snprintf(period->name, sizeof(period->name), "%.*s", (int)base.len, base.text);
	snprintf(period->unit, sizeof(period->unit), "%s", clock ? "nanoseconds" : "count");
}

/* "cycles (12), instructions (3)": those that were taken, or were not, and how many samples each has. */
static void list_events(const struct perf_about *about, bool chosen, char *text, size_t size)
{
	size_t len = 0;

	*text = '\0';
	for (size_t i = 0; i < about->nr_events && len < size; i++) {
		const struct perf_event *event = &about->events[i];

		if (event->samples && event->chosen == chosen)
			len += (size_t)snprintf(text + len, size - len, "%s%s (%llu)",
						len ? ", " : "", event->name,
						(unsigned long long)event->samples);
	}
	if (!chosen && about->others && len < size)
		snprintf(text + len, size - len, "%sothers (%llu)", len ? ", " : "",
			 (unsigned long long)about->others);
}

static void remark_events(const struct perf_about *about, const char *wanted,
			  struct file_complaints *complaints)
{
	char taken[80], left[160];

	list_events(about, true, taken, sizeof(taken));
	list_events(about, false, left, sizeof(left));
	if (wanted && !about->chosen)
		file_complain(complaints, "no samples of %s%s%s", wanted,
			      *left ? "; there are those of " : "", left);
	else if (!wanted && *left)
		file_remark(complaints,
			    "samples of %s are read, and not those of %s; --event chooses", taken,
			    left);
}

static void tell_lost(struct circumstances *own, uint64_t taken, uint64_t lost)
{
	own->events[own->nr_events++] = (struct event_count){
		.name = "perf_lost",
		.about = "perf had no room for them in its buffers",
		.count = lost,
		.is_loss = 1,
	};
	own->fired = taken + lost;
}

int perf_about_end(struct perf_about *about, const char *wanted, struct file_complaints *complaints)
{
	struct circumstances *own = &about->about;

	remark_events(about, wanted, complaints);
	if (about->chosen) {
		own->event = strdup(about->chosen->name);
		own->frequency_hz = about->chosen->frequency_hz;
		if (!own->event)
			return -ENOMEM;
	}
	if (about->os_release &&
	    asprintf(&own->kernel, "Linux %s%s%s", about->os_release, about->arch ? " " : "",
		     about->arch ? about->arch : "") < 0) {
		own->kernel = NULL;
		return -ENOMEM;
	}
	if (about->lost)
		tell_lost(own, about->taken, about->lost);
	if (about->last_ns > about->first_ns)
		own->duration_ns = about->last_ns - about->first_ns;
	return 0;
}
