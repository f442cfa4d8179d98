// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows to samples; see normalize.h. */
#include "profiler/capture/normalize.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/markers.h"
#include "profiler/proc/host.h"

/* Marker texts for where callers are missing, from the one list. */
static const char *const end_texts[STACK_END_COUNT] = {
#define END(name, text) [STACK_END_##name] = text,
#include "bpf/stack_end.def"
#undef END
};

void normalizer_init(struct normalizer *normalizer, struct profile *profile,
		     const struct tracker *tracker)
{
	*normalizer = (struct normalizer){
		.profile = profile,
		.tracker = tracker,
		.cgroup_fd = -1,
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
	uint32_t *slot = mapping_slot(&n->binary_mapping, &n->nr_binaries, &n->cap_binaries, binary);
	struct mapping mapping = {.type = MAPPING_FILE, .source = binary};
	int err = mapping_once(n, slot, mapping, n->tracker->binaries.binaries[binary].path);

	if (!err)
		*ret_mapping = *slot;
	return err;
}

static int jit_mapping(struct normalizer *n, uint32_t tgid, uint32_t *ret_mapping)
{
	const struct jit_process *jit = tracker_jit(n->tracker, tgid);
	struct mapping mapping = {.type = MAPPING_JIT, .source = UINT32_MAX, .tgid = tgid};
	uint32_t *slot = &n->gone_jit_mapping;
	int err;

	if (jit) {
		mapping.source = (uint32_t)(jit - n->tracker->jits);
		slot = mapping_slot(&n->jit_mapping, &n->nr_jits, &n->cap_jits, mapping.source);
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

static int push_name(struct normalizer *n, const char *name, enum frame_kind kind, uint32_t *stack)
{
	uint32_t location;
	int err = profile_add_name(n->profile, name, strlen(name), kind, &location);

	return err ? err : push(n, location, stack);
}

static int push_address(struct normalizer *n, uint32_t mapping, uint64_t addr, uint32_t *stack)
{
	struct location location = {.addr = addr, .mapping = mapping};
	uint32_t id;
	int err = profile_add_location(n->profile, &location, &id);

	return err ? err : push(n, id, stack);
}

/* One user address, as a place in the mapping that held it; `code` is NULL for none. */
static int push_user(struct normalizer *n, const struct code_map *code, const struct table_row *row,
		     uint64_t addr, uint32_t *stack)
{
	struct mapping vdso = {.type = MAPPING_IMAGE};
	uint32_t mapping;
	int err;

	if (!code)
		return push_name(n, MARKER_UNKNOWN, FRAME_UNNAMED, stack);
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
		err = jit_mapping(n, row->key->tgid, &mapping);
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
		return push_name(n, MARKER_TRUNCATED, FRAME_MARKER, stack);
	snprintf(text, sizeof(text), MARKER_INCOMPLETE "%s]", end_texts[end]);
	return push_name(n, text, FRAME_MARKER, stack);
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
static uint32_t believable(const struct image *image, const struct table_row *row,
			   const struct code_map *code[STACK_WORDS_MAX])
{
	uint32_t frames = STACK_HEADER_FRAMES(row->user[0]);

	for (uint32_t i = 1; i <= frames; i++) {
		uint64_t addr = call_site(row->user[i], i == 1);

		code[i] = image ? image_code(image, row->value->last_ns, addr) : NULL;
		if (!code[i] && i > 1 && image)
			return i - 1;
	}
	return frames;
}

static int push_user_stack(struct normalizer *n, const struct table_row *row, uint32_t *stack)
{
	const struct code_map *code[STACK_WORDS_MAX];
	const struct process *process = spaces_find(&n->tracker->spaces, row->key->tgid);
	const struct image *image =
		process ? process_image(process, row->value->last_ns) : NULL;
	uint32_t frames = believable(image, row, code);
	uint32_t end = STACK_HEADER_END(row->user[0]);
	uint32_t cut = STACK_HEADER_CUT(row->user[0]); /* frames below the missing ones */
	int err;

	if (frames < STACK_HEADER_FRAMES(row->user[0]) && end == STACK_END_ROOT)
		end = STACK_END_NO_FRAME_POINTER;
	err = push_end(n, end, stack);
	for (uint32_t i = frames; i > 0 && !err; i--) {
		if (i == cut && i < frames)
			err = push_name(n, MARKER_TRUNCATED, FRAME_MARKER, stack);
		if (!err)
			err = push_user(n, code[i], row, call_site(row->user[i], i == 1), stack);
	}
	return err;
}

static int push_kernel_stack(struct normalizer *n, const struct table_row *row, uint32_t *stack)
{
	struct mapping kernel = {.type = MAPPING_KERNEL};
	int err = mapping_once(n, &n->kernel_mapping, kernel, "[kernel]");

	if (!err && STACK_HEADER_END(row->kernel[0]) == STACK_END_LIMIT)
		err = push_name(n, MARKER_TRUNCATED, FRAME_MARKER, stack);
	for (uint32_t i = STACK_HEADER_FRAMES(row->kernel[0]); i > 0 && !err; i--)
		err = push_address(n, n->kernel_mapping, call_site(row->kernel[i], i == 1), stack);
	return err;
}

static int add_task(struct normalizer *n, const struct table_row *row, uint32_t *ret_task)
{
	const struct count_key *key = row->key;
	const struct process *process = spaces_find(&n->tracker->spaces, key->tgid);
	const struct image *image =
		process ? process_image(process, row->value->last_ns) : NULL;
	struct task task = {.tgid = key->tgid, .tid = key->tid};
	int err = strings_intern(n->profile->strings, key->comm,
				 strnlen(key->comm, sizeof(key->comm)), &task.thread_name);

	if (!err && image)
		err = strings_intern_z(n->profile->strings, image->name, &task.process_name);
	return err ? err : profile_add_task(n->profile, &task, ret_task);
}

static int cgroup_name(struct normalizer *n, uint64_t id, uint32_t *ret_name)
{
	char *path = host_cgroup_path(n->cgroup_fd, id);
	char number[40];
	int err;

	snprintf(number, sizeof(number), "[cgroup %llu]", (unsigned long long)id);
	err = strings_intern_z(n->profile->strings, path ? path : number, ret_name);
	free(path);
	return err;
}

int normalize_row(struct normalizer *n, const struct table_row *row)
{
	struct sample sample = {.stack = STACK_EMPTY, .cgroup = CGROUP_NONE};
	uint64_t count = row->value->count;
	int64_t values[VALUE_TYPES_MAX] = {(int64_t)count, (int64_t)(count * n->sample_ns)};
	int err;

	if (row->stack_missing) {
		n->stack_missing += count;
		return 0;
	}
	sample.cpu = row->key->cpu == SHARED_NO_CPU ? CPU_NONE : row->key->cpu;
	err = add_task(n, row, &sample.task);
	if (!err && row->user)
		err = push_user_stack(n, row, &sample.stack);
	if (!err && row->kernel)
		err = push_kernel_stack(n, row, &sample.stack);
	if (!err && sample.stack == STACK_EMPTY)
		err = push_name(n, MARKER_NO_STACK, FRAME_MARKER, &sample.stack);
	if (!err && row->key->cgroup)
		err = cgroup_name(n, row->key->cgroup, &sample.cgroup);
	if (!err)
		err = profile_add_sample(n->profile, &sample, values);
	if (!err)
		n->recorded += count;
	return err;
}
