/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Circumstances: everything a reader must know about a profile besides its
 * stacks. Where, when, how and for how long it was taken, what was lost, what
 * the capture itself cost. Written into every file that has room for it.
 */
#ifndef BOLOMETER_MODEL_CIRCUMSTANCES_H
#define BOLOMETER_MODEL_CIRCUMSTANCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* At most this many kinds of value per sample (samples, cpu time, waits, longest wait, ...). */
#define VALUE_TYPES_MAX 8

/* How values of one type come together, and what they are for. */
enum value_role {
	VALUE_AMOUNT,  /* added up; can be the width of frames */
	VALUE_LONGEST, /* the largest one counts; told beside an amount */
	VALUE_SQUARES, /* added up; for the statistics of a comparison, not shown */
};

/* Name and unit as pprof uses them: {"samples", "count"}, {"cpu", "nanoseconds"}. */
struct value_type {
	char name[24];
	char unit[16];
	enum value_role role;
};

/* Two values of one type as one. The caller sees to it that sums fit. */
static inline int64_t value_join(enum value_role role, int64_t a, int64_t b)
{
	if (role == VALUE_LONGEST)
		return a > b ? a : b;
	return a + b;
}

/* One way in which events did not reach the profile, or were left out on purpose. */
struct event_count {
	char name[32];	 /* stable, for files: "count_table_full" */
	char about[128]; /* for people */
	uint64_t count;
	uint8_t is_loss; /* 0: left out on purpose (idle, not a target), 1: should have been in it */
};

#define EVENT_COUNTS_MAX 32

/*
 * The time of all threads that were watched: on-CPU + blocked + waiting for a CPU = lifetime, but
 * for the residual, which is what could not be accounted for.
 */
struct time_books {
	uint64_t threads; /* 0: no books were kept */
	uint64_t lifetime_ns, cpu_ns, blocked_ns, queued_ns;
	uint64_t residual_ns; /* sum over the threads of what is missing or too much */
};

/* The threads whose books balance worst, the worst first. */
struct thread_residual {
	char name[16]; /* not always ended by a NUL */
	uint32_t tid;
	uint64_t lifetime_ns;
	int64_t residual_ns; /* lifetime less what was accounted for */
};

#define RESIDUALS_MAX 3

/* What keeping the tool's own time under its limit left to estimates. */
struct wait_sampling {
	uint64_t max_overhead_ppm; /* of the CPUs' time; 0: no limit */
	uint64_t estimated_waits;  /* waits whose stacks were not walked; like ones stand for them */
	uint64_t one_in;	   /* at the most only one wait in so many was looked at; 0 or 1: all */
	uint64_t unwalked_ns;	   /* time of long waits that were counted without a stack */
};

/* Strings are owned (malloc) and may be NULL where unknown; numbers are 0 where unknown. */
struct circumstances {
	char *title;	    /* --title, or derived from command and target */
	char *note;	    /* --note */
	char *command;	    /* "cpu"; NULL for a profile read from foreign text */
	char *target;	    /* "hotservice (pid 4242)", "whole system", ... */
	char *host;	    /* node name */
	char *kernel;	    /* "Linux 6.1.0-18-amd64 x86_64" */
	char *event;	    /* "cpu-clock", "cycles" */
	char *tool_version; /* "bolometer 0.1.0" */
	char *comments;	    /* of other tools in a file that was read, a line each */
	char *period_name;  /* what a sample was taken of every `period`, where that is no frequency: */
	char *period_unit;  /* "space", "bytes" */
	uint64_t start_unix_ns;
	uint64_t duration_ns;
	uint64_t frequency_hz;
	uint64_t period;
	uint64_t values_before; /* as many values stood in a file before the one that is shown first */
	uint32_t cpus; /* CPUs that were sampled */

	struct value_type values[VALUE_TYPES_MAX];
	size_t nr_values; /* at least 1 in a valid profile; values[0] is the one shown first */

	struct event_count events[EVENT_COUNTS_MAX];
	size_t nr_events;
	uint64_t fired; /* events the kernel delivered: recorded + all of events[] */

	struct time_books books;
	struct thread_residual residuals[RESIDUALS_MAX];
	size_t nr_residuals;
	struct wait_sampling sampling;

	uint64_t own_cpu_ns;	 /* CPU time of bolometer itself, capture to output */
	uint64_t own_rss_bytes;	 /* its peak resident memory, without BPF maps */
	uint64_t map_bytes;	 /* memory of its BPF maps */
	uint64_t mapped_bytes;	 /* of these, mapped into bolometer as well */
	uint64_t own_program_ns; /* time inside the BPF programs, from what the kernel measured */
	uint64_t own_program_runs;
};

void circumstances_init(struct circumstances *about);
void circumstances_fini(struct circumstances *about);

/* ---- the fields as tables, for those who write, read and add all of them ---- */

/* How a number of two profiles becomes that of both; 0, unknown, in one of them is so in both. */
enum circumstance_rule {
	RULE_EQUAL,   /* stays where both are equal, else unknown */
	RULE_SUM,     /* of both */
	RULE_SUM_ANY, /* the same, where 0 is a number like others */
	RULE_LEAST,
	RULE_LARGEST, /* also when the other is not known */
};

/* A field: its key in files, which is its own name, and where it is. */
struct circumstance_field {
	const char *key;
	size_t offset;
	enum circumstance_rule rule; /* of numbers */
};

/* Tables end with a key that is NULL. Texts are char *, numbers uint64_t. */
extern const struct circumstance_field circumstance_texts[];
extern const struct circumstance_field circumstance_numbers[];
extern const struct circumstance_field circumstance_book_numbers[];     /* of books */
extern const struct circumstance_field circumstance_sampling_numbers[]; /* of sampling */

static inline char **circumstance_text(struct circumstances *about,
				       const struct circumstance_field *field)
{
	return (char **)((char *)about + field->offset);
}

static inline uint64_t *circumstance_number(struct circumstances *about,
					    const struct circumstance_field *field)
{
	return (uint64_t *)((char *)about + field->offset);
}

/*
 * The circumstances of two profiles that are added up, into the first; value types are not touched.
 * Texts, frequency and CPUs stay where both have the same and are unknown otherwise. The start is
 * the earlier one. Durations add up: values divided by the duration are then an average over the
 * captures, whether they followed each other or ran side by side. Events, and what fired, add up by
 * name. Books add up where both profiles have them, and the three worst threads of all are kept. The
 * tool's own CPU time adds up; of its memory the larger amount counts.
 *
 * Returns 0, -EOVERFLOW when a sum does not fit, or -E2BIG when there are more names of events than
 * there is room for; nothing is changed then.
 */
int circumstances_add(struct circumstances *into, const struct circumstances *more);

/* Sum of events[] with is_loss set. */
uint64_t circumstances_lost(const struct circumstances *about);

#endif
