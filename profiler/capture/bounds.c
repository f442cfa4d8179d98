// SPDX-License-Identifier: GPL-2.0-or-later
/* See bounds.h. */
#include "profiler/capture/bounds.h"

#include <errno.h>
#include <stdio.h>

#include "bpf/capture.skel.h"
#include "profiler/capture/state.h"
#include "profiler/proc/host_memory.h"

#define MB (1ULL << 20)

/* What the verifier takes for a moment, the maps of fixed size, and the program itself. */
#define LEAST_BYTES	  (48 * MB)
#define LEAST_BYTES_WAITS (64 * MB) /* larger programs */

/* Of what there is beyond that, each gets a quarter; the rest is for the profile and its names. */
#define LEAST_TABLES  (2 * MB)
#define LEAST_UNWIND  (4 * MB)
#define ENTRIES_FLOOR 1024u

/* The links of the kernel's hash tables, beside keys and values. */
#define HASH_ELEMENT_BYTES 64

/*
 * Of what this process may hold, the part that the profile may take while it is captured: to look up its
 * names and to draw it takes three times as much again.
 */
#define GROWTH_PERCENT 20
#define GROWTH_MIN     (4 * MB)
#define GROWTH_MAX     (1024 * MB)

/* What reading stacks in user space may take, for files and for stacks that wait for it, each. */
#define READING_PART 16

/* Copies of perf maps are files in memory. */
#define JIT_PART 16

#define CHECK_INTERVAL_NS 100000000ULL

/* A thread with its own numbers has an account and some samples. */
#define THREADS_PART  20
#define THREAD_BYTES  1024
#define THREADS_FLOOR 1024
#define THREADS_MAX   16384

/* An entry is in two tables of stacks and two of counts, and in the memory that they are read into. */
static uint64_t entry_bytes(void)
{
	uint64_t stack = sizeof(struct stack_key) + sizeof(struct stack_chunk);
	uint64_t count = sizeof(struct count_key) + sizeof(struct count_value);

	return 3 * (stack + count) + 4 * HASH_ELEMENT_BYTES;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

int bounds_plan(struct capture *capture, uint32_t *entries, uint64_t *unwind_bytes)
{
	const struct capture_config *config = &capture->config;
	uint64_t needed = capture_follows_threads(config) ? LEAST_BYTES_WAITS : LEAST_BYTES;
	uint64_t spare, room;

	if (!config->memory_bytes)
		return 0;
	if (config->memory_bytes < needed)
		return capture_failed(
			capture, -ENOMEM,
			"there are %.0f MB for this capture, which takes at least %.0f; "
			"--max-memory, or the limit of the cgroup, has to be higher",
			(double)config->memory_bytes / MB, (double)needed / MB);
	spare = config->memory_bytes - needed;
	room = (LEAST_TABLES + spare / 4) / entry_bytes();
	if (!config->table_entries && *entries > room)
		*entries = room > ENTRIES_FLOOR ? (uint32_t)room : ENTRIES_FLOOR;
	*unwind_bytes = least(*unwind_bytes, LEAST_UNWIND + spare / 4);
	return 0;
}

uint64_t bounds_jit_bytes(const struct capture *capture)
{
	uint64_t ceiling = capture->config.memory_bytes;

	return ceiling ? least(ceiling / JIT_PART, JIT_BUDGET_BYTES) : JIT_BUDGET_BYTES;
}

void bounds_begin(struct capture *capture)
{
	struct bounds *bounds = &capture->bounds;
	uint64_t ceiling = capture->config.memory_bytes, maps = capture_kernel_bytes(capture);
	uint64_t threads = THREADS_MAX;

	capture->tracker.jit_budget.bytes_left = bounds_jit_bytes(capture);
	if (ceiling) {
		bounds->own_bytes = ceiling > maps ? ceiling - maps : 1;
		bounds->reading_bytes = bounds->own_bytes / READING_PART;
		threads = least(bounds->own_bytes / THREADS_PART / THREAD_BYTES, THREADS_MAX);
	}
	capture->numbers.max = threads > THREADS_FLOOR ? (size_t)threads : THREADS_FLOOR;
}

void bounds_start(struct capture *capture)
{
	struct bounds *bounds = &capture->bounds;
	uint64_t held = host_memory_held();
	uint64_t rest = bounds->own_bytes > held ? bounds->own_bytes - held : 0;

	uint64_t growth =
		most(most(rest / 100 * GROWTH_PERCENT, GROWTH_MIN), bounds->reading_bytes);

	if (bounds->own_bytes)
		bounds->held_max = held + least(growth, GROWTH_MAX);
}

void bounds_check(struct capture *capture, uint64_t now_ns)
{
	struct bounds *bounds = &capture->bounds;
	uint64_t held;

	if (!bounds->held_max || now_ns - bounds->checked_ns < CHECK_INTERVAL_NS)
		return;
	bounds->checked_ns = now_ns;
	held = host_memory_held();
	/* What is freed makes room again, but not for a moment only. */
	bounds->full = held > (bounds->full ? bounds->held_max / 8 * 7 : bounds->held_max) ||
		       capture->rows.memory_full > bounds->lost;
	bounds->lost = capture->rows.memory_full;
	bounds->was_full |= bounds->full;
	profile_set_full(capture->profile, bounds->full);
	capture->tables.full = bounds->full;
	capture->tracker.spaces.full = bounds->full;
	if (bounds->full)
		capture->numbers.full = true;
}

void bounds_notices(const struct capture *capture, void (*tell)(void *data, const char *line),
		    void *data)
{
	const struct bounds *bounds = &capture->bounds;
	const struct tracker *tracker = &capture->tracker;
	uint64_t not_held = tracker->binaries.not_held + tracker->maps_not_held;
	char line[240];

	if (bounds->was_full) {
		snprintf(line, sizeof(line),
			 "the capture held %.0f MB, as much as --max-memory leaves "
			 "it beside the kernel's tables; what was new then is counted as lost",
			 (double)bounds->held_max / MB);
		tell(data, line);
	}
	if (tracker->spaces.not_kept) {
		snprintf(line, sizeof(line),
			 "%llu mappings and processes found no room; their code "
			 "may be [unknown]",
			 (unsigned long long)tracker->spaces.not_kept);
		tell(data, line);
	}
	if (not_held) {
		snprintf(line, sizeof(line),
			 "%llu files were not kept open, as there were too many (ulimit -n); their "
			 "code may have no names",
			 (unsigned long long)not_held);
		tell(data, line);
	}
	if (capture->numbers.count >= capture->numbers.max) {
		snprintf(line, sizeof(line),
			 "there were more than %zu threads; what the later ones "
			 "did is under their names, without their numbers",
			 capture->numbers.count);
		tell(data, line);
	}
	if (capture->rows.waits_halved) {
		snprintf(line, sizeof(line),
			 "%llu waits are without what they waited for a CPU: there "
			 "was no memory for it",
			 (unsigned long long)capture->rows.waits_halved);
		tell(data, line);
	}
}
