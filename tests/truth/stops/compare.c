// SPDX-License-Identifier: GPL-2.0-or-later
/* Address-for-address equality of two stacks; see compare.h. */
#include "tests/truth/stops/compare.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

const char *const verdict_names[VERDICT_COUNT] = {"equal",   "restarted",   "incomplete",
						  "unequal", "oracle_ends", "stepped",
						  "moved"};

/* The kernel moves a thread back to the instruction that entered it, where a call starts again. */
#if defined(__x86_64__)
#define SYSCALL_BYTES 2
#else
#define SYSCALL_BYTES 4
#endif

#define CONTEXT_FRAMES 3 /* shown before and after a difference */

static const char *const end_names[STACK_END_COUNT] = {
#define END(name, text) #name,
#include "bpf/stack_end.def"
#undef END
};

/* Frames that the walker left out between the innermost and the outermost. */
static size_t missing(uint64_t header, size_t oracle_count)
{
	size_t frames = STACK_HEADER_FRAMES(header);

	if (!STACK_HEADER_CUT(header) || oracle_count <= frames)
		return 0;
	return oracle_count - frames;
}

/* The oracle's place for our frame i. */
static size_t place(uint64_t header, size_t i, size_t oracle_count)
{
	size_t cut = STACK_HEADER_CUT(header);

	return cut && i >= cut ? i + missing(header, oracle_count) : i;
}

/* Our first frame, from `from` on, that differs or that only one of the two has. */
static size_t first_difference(const struct stop *stop, const struct oracle_stack *oracle,
			       size_t from)
{
	uint64_t header = stop->words[0];
	size_t frames = STACK_HEADER_FRAMES(header), i;

	for (i = from; i < frames; i++) {
		size_t at = place(header, i, oracle->count);

		if (at >= oracle->count || oracle->addrs[at] != stop->words[1 + i])
			break;
	}
	return i;
}

static bool leaf_restarted(const struct stop *stop, const struct oracle_stack *oracle)
{
	return !stop->user_mode && oracle->addrs[0] + SYSCALL_BYTES == stop->words[1];
}

enum verdict compare_stacks(const struct stop *stop, const struct oracle_stack *oracle)
{
	uint64_t header = stop->words[0];
	size_t frames = STACK_HEADER_FRAMES(header), same;
	uint32_t end = STACK_HEADER_END(header), cut = STACK_HEADER_CUT(header);
	bool leaf_equal = oracle->count && frames && oracle->addrs[0] == stop->words[1];
	bool restarted = oracle->count && frames && !leaf_equal && leaf_restarted(stop, oracle);

	if (!frames || !oracle->count)
		return VERDICT_UNEQUAL;
	if (!leaf_equal && !restarted)
		return VERDICT_MOVED;
	same = first_difference(stop, oracle, 1);
	if (same == oracle->count && oracle->status && end != STACK_END_LIMIT &&
	    (same < frames || end != STACK_END_ROOT))
		return VERDICT_ORACLE_ENDS;
	/* Without the root nobody knows where the outer part of a stack that was cut belongs. */
	if (end != STACK_END_ROOT && (same == frames || (cut && same >= cut)))
		return VERDICT_INCOMPLETE;
	if (same == frames && oracle->count == frames + missing(header, oracle->count))
		return restarted ? VERDICT_RESTARTED : VERDICT_EQUAL;
	return VERDICT_UNEQUAL;
}

bool compare_has_caller_more(const struct stop *stop, const struct oracle_stack *oracle)
{
	uint64_t header = stop->words[0];
	size_t frames = STACK_HEADER_FRAMES(header);

	if (STACK_HEADER_CUT(header) || STACK_HEADER_END(header) != STACK_END_ROOT ||
	    frames != oracle->count + 1 || oracle->addrs[0] != stop->words[1])
		return false;
	for (size_t i = 1; i < oracle->count; i++) {
		if (oracle->addrs[i] != stop->words[2 + i])
			return false;
	}
	return true;
}

static void print_side(bool there, uint64_t addr)
{
	if (there)
		printf("  %016" PRIx64, addr);
	else
		printf("  %16s", "-");
}

void compare_print(const struct stop *stop, const struct oracle_stack *oracle)
{
	uint64_t header = stop->words[0];
	size_t frames = STACK_HEADER_FRAMES(header);
	size_t at = first_difference(stop, oracle, 0);
	uint32_t end = STACK_HEADER_END(header);

	printf("# thread %u in %s: %zu frames (%s), the oracle %zu (status %d%s%s)\n", stop->tid,
	       stop->user_mode ? "user mode" : "the kernel", frames,
	       end < STACK_END_COUNT ? end_names[end] : "?", oracle->count, oracle->status,
	       *oracle->message ? ": " : "", oracle->message);
	for (size_t i = at > CONTEXT_FRAMES ? at - CONTEXT_FRAMES : 0; i <= at + CONTEXT_FRAMES;
	     i++) {
		size_t other = place(header, i, oracle->count);

		if (i >= frames && other >= oracle->count)
			break;
		printf("# %c#%-4zu", i == at ? '>' : ' ', i);
		print_side(i < frames, i < frames ? stop->words[1 + i] : 0);
		print_side(other < oracle->count, other < oracle->count ? oracle->addrs[other] : 0);
		putchar('\n');
	}
}
