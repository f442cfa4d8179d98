/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A profile: what a capture, or a file, says about where something went.
 *
 * Samples point at stacks, stacks at locations, locations at mappings or names.
 * A profile is filled by one writer (profile_add_*), sealed, and read-only from
 * then on. It holds no descriptors and knows no processes: everything in it can
 * be written to a file and read back elsewhere.
 *
 * Numbers are ids: indices into the arrays here, stable once handed out.
 */
#ifndef BOLOMETER_MODEL_PROFILE_H
#define BOLOMETER_MODEL_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/model/activity.h"
#include "profiler/model/circumstances.h"
#include "profiler/model/frame_kind.h"
#include "profiler/model/index.h"
#include "profiler/model/list_table.h"
#include "profiler/model/slices.h"
#include "profiler/model/source_place.h"
#include "profiler/model/stack.h"
#include "profiler/model/strings.h"

#define BUILD_ID_MAX 20

/* Where code comes from. */
enum mapping_type {
	MAPPING_KERNEL, /* kernel, modules, BPF programs; addresses as the CPU saw them */
	MAPPING_FILE,	/* an ELF file; addresses are file offsets */
	MAPPING_IMAGE,	/* the vdso; addresses are offsets from its start */
	MAPPING_JIT,	/* executable memory of one process that no file backs; plain addresses */
};

struct mapping {
	enum mapping_type type;
	uint32_t path;	 /* string id, as the process saw it; STRING_NONE for JIT */
	uint32_t source; /* of the capture, so that the symbolizer finds the open file */
	uint32_t tgid;	 /* JIT: whose memory */
	uint8_t build_id[BUILD_ID_MAX];
	uint8_t build_id_len; /* 0: none known */
	uint32_t build_name;  /* string id: of files with a build id that is a text; STRING_NONE */
	/*
	 * Where in memory it was, as a file said that the profile is from: bytes from `off` on at `start`
	 * to `end`. Captures have no such place, as each process has its own: all 0.
	 */
	uint64_t start, end, off;
};

/* The mapping id of locations that are names only: markers, and frames read from text. */
#define MAPPING_NONE UINT32_MAX

/* A frame as whoever wrote the file had found it. */
struct given_frame {
	uint32_t name;	 /* string id */
	uint32_t module; /* of the file's base name; STRING_NONE where unknown */
	uint32_t kind;	 /* enum frame_kind */
	struct source_place place;
};

/*
 * A place in code: an address within a mapping, which the symbolizer names; or, with MAPPING_NONE, a
 * name and kind; or, in profiles of files that have both, with or without an address and a mapping
 * frames that were given.
 */
struct location {
	uint64_t addr;
	uint32_t mapping;
	union {
		uint32_t name;	 /* string id with MAPPING_NONE, where no frames are given */
		uint32_t moment; /* of generated code: what the process had said by then; else 0 */
	};
	uint32_t module; /* likewise, of the file's base name; STRING_NONE where unknown */
	uint32_t given;	 /* list of given frames, the outermost first; LIST_EMPTY for none */
	uint8_t kind;	 /* enum frame_kind with MAPPING_NONE */
};

/* A thread at the time of its samples: a renamed or re-executed thread is another task. */
struct task {
	uint32_t tgid;
	uint32_t tid;
	uint32_t thread_name;  /* string id */
	uint32_t process_name; /* string id; the leader's name, STRING_NONE where unknown */
};

/*
 * What else a file says of a sample: a text, or a number with its unit; a key may be there several
 * times.
 */
struct label {
	uint32_t key;  /* string id */
	uint32_t text; /* string id; of a number STRING_NONE */
	uint32_t unit; /* string id, of a number; STRING_NONE where it says none */
	uint32_t is_number;
	int64_t number;
};

#define TASK_NONE   UINT32_MAX
#define CPU_NONE    UINT32_MAX
#define CGROUP_NONE STRING_NONE

#define TASK_ID_UNKNOWN 0U /* a tgid or tid that a file does not say; that of idle CPUs, too */

/* Whoever ended a wait. */
struct waker {
	uint32_t stack; /* its root frame is the waker's name; "[timer]" and the like for none */
	uint32_t next;	/* whoever had ended the waker's own wait before; WAKER_NONE */
};

#define WAKER_NONE UINT32_MAX

/*
 * Samples with equal keys are one sample. Values lie beside, in profile.values. All zero but for the
 * first four is a sample of a profile without activities and labels.
 */
struct sample {
	uint32_t stack;
	uint32_t task;	   /* TASK_NONE in files that have no threads */
	uint32_t cpu;	   /* CPU_NONE unless grouped by it */
	uint32_t cgroup;   /* string id of the path; CGROUP_NONE unless grouped by it */
	uint32_t top;	   /* names above the stack, itself a stack; STACK_EMPTY for none */
	uint32_t rival;	   /* location that names who ran instead, plus 1; 0 for nobody */
	uint32_t waker;	   /* who ended the wait, plus 1; 0 for nobody */
	uint32_t activity; /* enum activity */
	uint32_t estimated; /* 1: stands for others as well; views do not tell these apart */
	uint32_t labels;    /* list of labels, of profiles from files; LIST_EMPTY for none */
};

struct profile {
	struct strings *strings;
	struct circumstances about; /* about.nr_values is set before the first sample */
	struct stack_table stacks;

	struct mapping *mappings;
	size_t nr_mappings, cap_mappings;
	struct location *locations;
	size_t nr_locations, cap_locations;
	struct list_table given_frames; /* of struct given_frame, by locations */
	struct list_table labels;	/* of struct label, by samples */
	uint32_t group_label; /* string id of the key that GROUP_LABEL groups by; STRING_NONE: none */
	struct task *tasks;
	size_t nr_tasks, cap_tasks;
	struct waker *wakers; /* next is always smaller than the waker's own id */
	size_t nr_wakers, cap_wakers;
	struct sample *samples;
	size_t nr_samples, cap_samples;
	int64_t *values; /* values[sample * about.nr_values + v] */
	size_t cap_values;
	int64_t totals[VALUE_TYPES_MAX]; /* of all samples: as these fit, so does every sum */
	bool part_of_events; /* what one graph shows: about.fired and about.events count more */

	bool full; /* see profile_set_full() */

	struct slices slices; /* filled and sealed by the capture, by ids of samples; may be none */

	struct index location_index, task_index, waker_index, sample_index; /* only while filling */
	size_t nr_indexed; /* samples that are in their index */
	uint32_t last_sampled; /* the highest stack that a sample has */
};

struct profile *profile_new(void);
void profile_free(struct profile *profile);

/*
 * When full, nothing is added but to what there is: the functions below return -ENOSPC for names,
 * places, stacks, tasks, wakers and samples that are new, and leave no half of them behind.
 */
void profile_set_full(struct profile *profile, bool full);

/* Appends a mapping; the caller sees to it that each is added once. */
int profile_add_mapping(struct profile *profile, const struct mapping *mapping, uint32_t *ret_id);

/* The id of a location, task or waker equal to the one given, added if new. 0 or -ENOMEM. */
int profile_add_location(struct profile *profile, const struct location *location,
			 uint32_t *ret_id);
int profile_add_task(struct profile *profile, const struct task *task, uint32_t *ret_id);
int profile_add_waker(struct profile *profile, const struct waker *waker, uint32_t *ret_id);

/*
 * The location with this address and mapping, either of which may be none, and `count` frames, the
 * outermost first. 0 or -ENOMEM.
 */
int profile_add_given(struct profile *profile, uint32_t mapping, uint64_t addr,
		      const struct given_frame *frames, size_t count, uint32_t *ret_id);

/* A sample's `labels`, which are put in order here; the order they have is of no meaning. 0 or -ENOMEM. */
int profile_add_labels(struct profile *profile, struct label *labels, size_t count,
		       uint32_t *ret_id);

static inline const struct given_frame *profile_given(const struct profile *profile, uint32_t id,
						      size_t *ret_count)
{
	return list_table_get(&profile->given_frames, id, ret_count);
}

static inline const struct label *profile_labels(const struct profile *profile, uint32_t id,
						 size_t *ret_count)
{
	return list_table_get(&profile->labels, id, ret_count);
}

/* The location that is just a name, such as a marker. */
int profile_add_name(struct profile *profile, const char *name, size_t len, enum frame_kind kind,
		     uint32_t *ret_id);

/*
 * Adds about.nr_values values to the sample with this key, each by its role: of VALUE_LONGEST the
 * larger one stays. Returns 0, -ENOMEM, or -EOVERFLOW when the values of all samples would add up to
 * more than INT64_MAX; nothing is added then.
 */
int profile_add_sample(struct profile *profile, const struct sample *sample, const int64_t *values);

/* Likewise, and tells which sample it is now. */
int profile_add_sample_id(struct profile *profile, const struct sample *sample,
			  const int64_t *values, uint32_t *ret_id);

/* Declares one more value type; only before the first sample. Returns 0 or -E2BIG. */
int profile_add_value_type(struct profile *profile, const struct value_type *type);

/*
 * Brings the value types of a profile and of `count` more, whose samples will be added, together: a
 * profile without any gets all of them; otherwise those that both have, by name, unit and role,
 * stay, and the values of the others are dropped. ret_from[v] is where the profile's value v is among
 * `types`. Returns 0, or -EINVAL when the first of both differ; nothing is changed then.
 */
int profile_join_value_types(struct profile *profile, const struct value_type *types, size_t count,
			     size_t ret_from[VALUE_TYPES_MAX]);

/*
 * Replaces one value of a sample that was added; for what is known only once all of them are there.
 * Not for values of VALUE_LONGEST. Returns 0 or -EOVERFLOW.
 */
int profile_set_value(struct profile *profile, size_t sample, size_t value, int64_t amount);

/* Ends filling: frees the indices. Reading needs none of them. */
void profile_seal(struct profile *profile);

/*
 * All that must hold in a sealed profile: ids in range, names that are not empty, stacks that end,
 * value types declared, values that are not negative and add up to the totals, slices that add up to
 * what was counted, and, where events were counted and all are in it, fired = recorded + every event
 * count. Returns NULL when all is well, or what is wrong, in a static text.
 */
const char *profile_check(const struct profile *profile);

#endif
