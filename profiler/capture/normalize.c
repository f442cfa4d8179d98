// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses to stacks; see normalize.h. */
#include "profiler/capture/normalize.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/markers.h"

/* Marker texts for where callers are missing, from the one list. */
static const char *const end_texts[STACK_END_COUNT] = {
#define END(name, text) [STACK_END_##name] = text,
#include "bpf/stack_end.def"
#undef END
};

void normalizer_init(struct normalizer *normalizer, struct profile *profile,
		     struct tracker *tracker)
{
	*normalizer = (struct normalizer){
		.profile = profile,
		.tracker = tracker,
		.kernel_mapping = MAPPING_NONE,
		.vdso_mapping = MAPPING_NONE,
		.gone_jit_mapping = MAPPING_NONE,
	};
}

void normalizer_fini(struct normalizer *normalizer)
{
	free(normalizer->binary_mapping);
	free(normalizer->jit_mapping);
}

/* The slot for element `at` of a growing list of mapping ids; NULL without memory. */
static uint32_t *mapping_slot(uint32_t **list, size_t *count, size_t *cap, size_t at)
{
	if (at >= *count) {
		if (array_reserve((void **)list, cap, at + 1, sizeof(**list)))
			return NULL;
		memset(*list + *count, 0xff, (at + 1 - *count) * sizeof(**list));
		*count = at + 1;
	}
	return &(*list)[at];
}

/* Adds the mapping when its slot is still empty. */
static int mapping_once(struct normalizer *n, uint32_t *slot, struct mapping mapping,
			const char *path)
{
	int err;

	if (!slot)
		return -ENOMEM;
	if (*slot != MAPPING_NONE)
		return 0;
	err = strings_intern_z(n->profile->strings, path, &mapping.path);
	return err ? err : profile_add_mapping(n->profile, &mapping, slot);
}

static int file_mapping(struct normalizer *n, uint32_t binary, uint32_t *ret_mapping)
{
	uint32_t *slot =
		mapping_slot(&n->binary_mapping, &n->nr_binaries, &n->cap_binaries, binary);
	struct mapping mapping = {.type = MAPPING_FILE, .source = binary};
	int err = mapping_once(n, slot, mapping, n->tracker->binaries.binaries[binary].path);

	if (!err)
		*ret_mapping = *slot;
	return err;
}

/* Of code that process number `jit` generated; BINARY_NONE: one that was gone at once. */
static int jit_mapping(struct normalizer *n, uint32_t jit, uint32_t tgid, uint32_t *ret_mapping)
{
	struct mapping mapping = {.type = MAPPING_JIT, .source = UINT32_MAX, .tgid = tgid};
	uint32_t *slot = &n->gone_jit_mapping;
	int err;

	if (jit != BINARY_NONE) {
		mapping.source = jit;
		mapping.tgid = n->tracker->jits[jit].tgid;
		slot = mapping_slot(&n->jit_mapping, &n->nr_jits, &n->cap_jits, jit);
	}
	err = mapping_once(n, slot, mapping, NULL);
	if (!err)
		*ret_mapping = *slot;
	return err;
}

static int push(struct normalizer *n, uint32_t location, uint32_t *stack)
{
	return stack_table_push(&n->profile->stacks, *stack, location, stack);
}

int normalize_name(struct normalizer *n, const char *name, enum frame_kind kind, uint32_t *stack)
{
	uint32_t location;
	int err = profile_add_name(n->profile, name, strlen(name), kind, &location);

	return err ? err : push(n, location, stack);
}

static int push_location(struct normalizer *n, const struct location *location, uint32_t *stack)
{
	uint32_t id;
	int err = profile_add_location(n->profile, location, &id);

	return err ? err : push(n, id, stack);
}

static int push_address(struct normalizer *n, uint32_t mapping, uint64_t addr, uint32_t *stack)
{
	const struct location location = {.addr = addr, .mapping = mapping};

	return push_location(n, &location, stack);
}

/* Generated code: the process may have said something else of the address at another time. */
static int push_jit(struct normalizer *n, uint32_t jit, const struct walked *walked, uint64_t addr,
		    uint32_t *stack)
{
	struct location location = {.addr = addr};
	int err = jit_mapping(n, jit, walked->tgid, &location.mapping);

	if (!err && jit != BINARY_NONE)
		err = tracker_jit_moment(n->tracker, jit, walked->time_ns, &location.moment);
	return err ? err : push_location(n, &location, stack);
}

/* One user address, as a place in the mapping that held it; `code` is NULL for none. */
static int push_user(struct normalizer *n, const struct code_map *code,
		     const struct walked *walked, uint64_t addr, uint32_t *stack)
{
	struct mapping vdso = {.type = MAPPING_IMAGE};
	uint32_t mapping;
	int err;

	if (!code)
		return normalize_name(n, MARKER_UNKNOWN, FRAME_UNNAMED, stack);
	switch ((enum code_type)code->type) {
	case CODE_FILE:
		err = file_mapping(n, code->binary, &mapping);
		addr = addr - code->start + code->offset;
		break;
	case CODE_VDSO:
		err = mapping_once(n, &n->vdso_mapping, vdso, "[vdso]");
		mapping = n->vdso_mapping;
		addr -= code->start;
		break;
	default:
		return push_jit(n, code->binary, walked, addr, stack);
	}
	return err ? err : push_address(n, mapping, addr, stack);
}

/* What stands where callers are missing. */
static int push_end(struct normalizer *n, uint32_t end, uint32_t *stack)
{
	char text[64];

	if (end == STACK_END_ROOT || end >= STACK_END_COUNT)
		return 0;
	if (end == STACK_END_LIMIT)
		return normalize_name(n, MARKER_TRUNCATED, FRAME_MARKER, stack);
	snprintf(text, sizeof(text), MARKER_INCOMPLETE "%s]", end_texts[end]);
	return normalize_name(n, text, FRAME_MARKER, stack);
}

/* A caller's address is behind the call; the call itself is what is named. */
static uint64_t call_site(uint64_t addr, bool innermost)
{
	return innermost || !addr ? addr : addr - 1;
}

/*
 * Code without frame pointers leaves data where a walk along them expects a frame, and the walk
 * returns words that are no addresses of code. The stack ends before the first of those.
 * Returns how many frames, from the leaf, can be callers of each other.
 */
static uint32_t believable(const struct image *image, uint64_t time_ns, const uint64_t *words,
			   const struct code_map *code[STACK_WORDS_MAX])
{
	uint32_t frames = STACK_HEADER_FRAMES(words[0]);

	for (uint32_t i = 1; i <= frames; i++) {
		uint64_t addr = call_site(words[i], i == 1);

		code[i] = image ? image_code(image, time_ns, addr) : NULL;
		if (!code[i] && i > 1 && image)
			return i - 1;
	}
	return frames;
}

const struct image *normalize_image(const struct normalizer *n, const struct walked *walked)
{
	const struct process *process = spaces_find(&n->tracker->spaces, walked->tgid);

	return process ? process_image(process, walked->time_ns) : NULL;
}

static int push_user_stack(struct normalizer *n, const struct walked *walked, const uint64_t *words,
			   uint32_t *stack)
{
	const struct code_map *code[STACK_WORDS_MAX];
	uint32_t frames = believable(normalize_image(n, walked), walked->time_ns, words, code);
	uint32_t end = STACK_HEADER_END(words[0]);
	uint32_t cut = STACK_HEADER_CUT(words[0]); /* frames below the missing ones */
	int err;

	if (frames < STACK_HEADER_FRAMES(words[0]) && end == STACK_END_ROOT)
		end = STACK_END_NO_FRAME_POINTER;
	err = push_end(n, end, stack);
	for (uint32_t i = frames; i > 0 && !err; i--) {
		if (i == cut && i < frames)
			err = normalize_name(n, MARKER_TRUNCATED, FRAME_MARKER, stack);
		if (!err)
			err = push_user(n, code[i], walked, call_site(words[i], i == 1),
					stack);
	}
	return err;
}

static int push_kernel_stack(struct normalizer *n, const uint64_t *words, uint32_t *stack)
{
	struct mapping kernel = {.type = MAPPING_KERNEL};
	int err = mapping_once(n, &n->kernel_mapping, kernel, "[kernel]");

	if (!err && STACK_HEADER_END(words[0]) == STACK_END_LIMIT)
		err = normalize_name(n, MARKER_TRUNCATED, FRAME_MARKER, stack);
	for (uint32_t i = STACK_HEADER_FRAMES(words[0]); i > 0 && !err; i--)
		err = push_address(n, n->kernel_mapping, call_site(words[i], i == 1), stack);
	return err;
}

void normalize_mark_files(const struct normalizer *n, bool *used)
{
	for (size_t i = 0; i < n->nr_binaries; i++)
		used[i] = used[i] || n->binary_mapping[i] != MAPPING_NONE;
}

int normalize_stacks(struct normalizer *n, const struct walked *walked, const uint64_t *user,
		     const uint64_t *kernel, uint32_t *stack)
{
	int err = user ? push_user_stack(n, walked, user, stack) : 0;

	return err || !kernel ? err : push_kernel_stack(n, kernel, stack);
}
