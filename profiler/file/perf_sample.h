/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sample of `perf script` that is being read: its frames, and what becomes of it in the profile. */
#ifndef BOLOMETER_FILE_PERF_SAMPLE_H
#define BOLOMETER_FILE_PERF_SAMPLE_H

#include "profiler/file/memo.h"
#include "profiler/file/perf_about.h"
#include "profiler/file/perf_place.h"

#define PERF_FRAMES_MAX (1U << 16) /* what a sample has more of is "[truncated]" */

struct perf_sample {
	struct profile *profile;
	struct perf_about *about;
	const struct file_options *options;
	struct memo lines; /* locations of frames, by their text */
	struct memo sources; /* locations with a place in the source, by the one without and the text */
	struct memo paths; /* stacks, by their locations */
	bool first;	   /* nothing was in the profile before this file */
	bool values_set;   /* there was a sample */
	bool sliced;	   /* time is in slices, or was, when there was room */
	bool timeless;	   /* not all samples say when they were: no slices */

	/* Of the current one. */
	bool taken;		  /* it is of the event that is wanted */
	uint64_t time_ns, period; /* UINT64_MAX and 0 where there is none */
	uint32_t task, cpu;
	uint32_t *frames; /* locations, leaf first */
	size_t nr_frames, cap_frames;
	size_t nr_frames_last;	 /* that its last line had */
	size_t nr_frames_before; /* that its first line had; of use only where no others follow */
	uint32_t *stacks;	 /* scratch, for all of its stacks */
	size_t cap_stacks;
};

int perf_sample_init(struct perf_sample *sample, struct profile *profile, struct perf_about *about,
		     const struct file_options *options);
void perf_sample_fini(struct perf_sample *sample);

/*
 * Begins one. Returns 0, -ENOMEM, or -EBADMSG, which is complained about, when its values cannot be
 * added to those of other files.
 */
int perf_sample_begin(struct perf_sample *sample, const struct perf_head *head,
		      struct file_complaints *complaints);

/* For a line that may be a frame, some time before it is asked whether it is one. */
static inline uint32_t perf_sample_look_up(const struct perf_sample *sample, struct piece text)
{
	return memo_hash(&sample->lines, text);
}

/* Adds a line as a frame, after it was looked up. Returns 1, 0 when it is none, or -ENOMEM. */
int perf_sample_frame(struct perf_sample *sample, struct piece text, uint32_t looked_up);

/*
 * Adds what the line below the last frame says of it, `text` as a whole: where in the source it is, or
 * that it is inlined, which perf says there if there is such a line. 0 or -ENOMEM.
 */
int perf_sample_source(struct perf_sample *sample, const struct perf_source *source,
		       struct piece text);

/* Adds the sample to the profile. Returns 0, -ENOMEM, or -EOVERFLOW when all together is too much. */
int perf_sample_end(struct perf_sample *sample);

/* When all is read: names the processes, and ends the slices of time. Returns 0 or -ENOMEM. */
int perf_sample_finish(struct perf_sample *sample);

#endif
