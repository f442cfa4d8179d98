// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Walking the stack of a snapshot; see remote.h. A step goes by the file's
 * call-frame information where an entry describes the code (remote_step.h), and
 * else along the frame pointer; which of the two is decided anew for each frame.
 */
#include "profiler/unwind/remote/remote.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/unwind/remote/remote_file.h"
#include "profiler/unwind/remote/remote_step.h"

#define STEPS_MAX	 65536
#define NULL_ROOT_RECORDS 2 /* as in bpf/unwind.h */

/* Files made so large that they drive each other out of memory must not be read for each frame. */
#define READ_BYTES_MAX (128u << 20)

struct remote {
	const struct tracker *tracker;
	struct remote_files files;
	struct remote_stepper *stepper;
};

struct walk {
	struct remote *remote;
	const struct image *image;
	uint64_t time_ns;
	struct remote_stack stack;
	struct remote_regs regs;
	bool interrupted;     /* ip is the next instruction, not the one behind a call */
	bool other_stack;     /* a signal's handler ran on another stack than the code below it */
	uint64_t read_before; /* bytes of files, for walks before this one */
	uint32_t frames;
	uint32_t records; /* of frame pointers that led here, one after the other */
	uint64_t *words;
};

/* A walk goes on while there is no such end. */
#define GOES_ON STACK_END_COUNT

struct remote *remote_open(const struct tracker *tracker)
{
	struct remote *remote = calloc(1, sizeof(*remote));

	if (!remote)
		return NULL;
	remote->tracker = tracker;
	remote_files_init(&remote->files, tracker);
	remote->stepper = remote_stepper_new();
	if (!remote->stepper) {
		remote_close(remote);
		errno = ENOMEM;
		return NULL;
	}
	return remote;
}

void remote_keep_within(struct remote *remote, size_t bytes)
{
	if (bytes < remote->files.bytes_max)
		remote->files.bytes_max = bytes;
}

void remote_release(struct remote *remote, const bool *used, size_t count)
{
	remote_files_release(&remote->files, used, count);
}

void remote_close(struct remote *remote)
{
	if (!remote)
		return;
	remote_stepper_free(remote->stepper);
	remote_files_fini(&remote->files);
	free(remote);
}

/* ---- the words ---- */

/* The outermost frames take turns in their part of the words: the last ones stay. */
static void push(struct walk *walk, uint64_t ip)
{
	uint32_t at = walk->frames++;

	if (at >= STACK_FRAMES_MAX)
		at = STACK_LEAF_FRAMES + (at - STACK_LEAF_FRAMES) % STACK_ROOT_FRAMES;
	walk->words[1 + at] = ip;
}

/* Puts the outermost frames in order. Returns the header. */
static uint64_t finish(struct walk *walk, enum stack_end end)
{
	uint64_t *roots = walk->words + 1 + STACK_LEAF_FRAMES;
	uint64_t turned[STACK_ROOT_FRAMES];
	uint32_t first = (walk->frames - STACK_LEAF_FRAMES) % STACK_ROOT_FRAMES;

	if (walk->frames <= STACK_FRAMES_MAX)
		return STACK_HEADER(walk->frames, 0, end);
	for (uint32_t i = 0; i < STACK_ROOT_FRAMES; i++)
		turned[i] = roots[(first + i) % STACK_ROOT_FRAMES];
	memcpy(roots, turned, sizeof(turned));
	return STACK_HEADER(STACK_FRAMES_MAX, STACK_LEAF_FRAMES, end);
}

/* ---- a step ---- */

static const struct code_map *code_at(const struct walk *walk, uint64_t addr)
{
	return walk->image ? image_code(walk->image, walk->time_ns, addr) : NULL;
}

/* A caller's address is behind its call, and may be another function's already. */
static uint64_t instruction_of(const struct remote_regs *regs, bool interrupted)
{
	return regs->value[remote_arch.ip] - !interrupted;
}

/*
 * Whether a caller's stack pointer is possible: the stack shrinks with every return, but for a leaf
 * that keeps its return address in a register (on x86-64 only vfork() does), and where a signal
 * came in on another stack.
 */
static bool stack_shrinks(struct walk *walk, const struct remote_regs *caller, bool signal)
{
	uint64_t before = walk->regs.value[remote_arch.sp];
	uint64_t after = caller->value[remote_arch.sp];

	if (after > before)
		return true;
	if (after == before && walk->interrupted)
		return true;
	if (!signal || walk->other_stack)
		return false;
	walk->other_stack = true;
	return true;
}

/* Takes a caller, if it can be one. */
static enum stack_end accept(struct walk *walk, const struct remote_regs *caller, bool signal)
{
	if (!code_at(walk, instruction_of(caller, signal)))
		return STACK_END_NO_MAPPING;
	if (!stack_shrinks(walk, caller, signal))
		return STACK_END_LOOP;
	walk->regs = *caller;
	walk->interrupted = signal;
	walk->records = 0;
	push(walk, caller->value[remote_arch.ip] + signal); /* behind the call, as the walker does */
	return GOES_ON;
}

/*
 * Without call-frame information: the caller's frame pointer, and above it the return address, lie
 * where the frame pointer says. It may as well hold something else.
 */
static enum stack_end step_frame_pointer(struct walk *walk)
{
	uint64_t fp = walk->regs.value[remote_arch.fp];
	uint32_t records = walk->records + 1;
	struct remote_regs caller = {
		.known = 1ULL << remote_arch.ip | 1ULL << remote_arch.sp | 1ULL << remote_arch.fp,
	};
	enum stack_end end;

	if (!(walk->regs.known >> remote_arch.fp & 1))
		return STACK_END_NO_FRAME_POINTER;
	if (!fp && walk->records >= NULL_ROOT_RECORDS)
		return STACK_END_ROOT;
	if (fp % sizeof(fp) || fp < walk->regs.value[remote_arch.sp])
		return STACK_END_NO_FRAME_POINTER;
	if (!remote_stack_read(&walk->stack, fp, &caller.value[remote_arch.fp]) ||
	    !remote_stack_read(&walk->stack, fp + sizeof(fp), &caller.value[remote_arch.ip]))
		return STACK_END_UNREADABLE;
	caller.value[remote_arch.ip] &= remote_arch.address_mask;
	caller.value[remote_arch.sp] = fp + 2 * sizeof(fp);
	end = accept(walk, &caller, false);
	walk->records = records;
	return end == STACK_END_NO_MAPPING ? STACK_END_NO_FRAME_POINTER : end;
}

static int step_entry(struct walk *walk, const struct remote_file *file,
		      const struct remote_fde *fde, uint64_t vaddr, enum stack_end *ret_end)
{
	static const enum stack_end ends[] = {
		[REMOTE_ROOT] = STACK_END_ROOT,
		[REMOTE_NO_RULE] = STACK_END_NO_RULE,
		[REMOTE_UNREADABLE] = STACK_END_UNREADABLE,
		[REMOTE_SPENT] = STACK_END_LIMIT,
	};
	struct remote_regs caller = walk->regs;
	enum remote_result result =
		remote_step(walk->remote->stepper, &walk->stack, file, fde, vaddr, &caller);

	if (result == REMOTE_NO_MEMORY)
		return -ENOMEM;
	if (result == REMOTE_CALLER && file->cies[fde->cie].is_signal_frame && !walk->interrupted) {
		walk->frames--; /* what a handler returns to made no call either */
		push(walk, walk->regs.value[remote_arch.ip] + 1);
	}
	if (result == REMOTE_CALLER && !caller.value[remote_arch.ip])
		*ret_end = walk->records ? STACK_END_NO_FRAME_POINTER
					 : STACK_END_ROOT; /* of a thread whose start no rule marks */
	else if (result == REMOTE_CALLER)
		*ret_end = accept(walk, &caller, file->cies[fde->cie].is_signal_frame);
	else
		*ret_end = ends[result];
	return 0;
}

/*
 * Steps in code of a file that describes its frames. The innermost frame may stand behind its
 * function's last instruction, a system call that does not return: where its address is no
 * function's, the one before is looked up.
 */
static int step_file(struct walk *walk, const struct remote_file *file, uint64_t vaddr,
		     enum stack_end *ret_end)
{
	const struct remote_fde *fde = remote_file_find(file, vaddr);

	if (!fde && remote_file_is_entry(file, vaddr)) {
		*ret_end = STACK_END_ROOT;
		return 0;
	}
	if (!fde && walk->frames == 1)
		fde = remote_file_find(file, --vaddr);
	if (fde)
		return step_entry(walk, file, fde, vaddr, ret_end);
	*ret_end = step_frame_pointer(walk);
	return 0;
}

/* Where the file says that an instruction lies. */
static bool file_address(const struct remote_file *file, const struct code_map *code, uint64_t addr,
			 uint64_t *ret_vaddr)
{
	uint64_t bias;

	if (!file->nr_fdes || elf_image_bias(&file->image, code->start, code->offset, &bias))
		return false;
	*ret_vaddr = addr - bias;
	return true;
}

/* Steps once, in whatever code it is. */
static int step(struct walk *walk, enum stack_end *ret_end)
{
	uint64_t addr = instruction_of(&walk->regs, walk->interrupted), vaddr;
	const struct code_map *code = code_at(walk, addr);
	const struct remote_file *file;
	int err;

	if (!code) {
		*ret_end = walk->image ? STACK_END_NO_MAPPING : STACK_END_NO_PROCESS;
		return 0;
	}
	err = remote_files_get(&walk->remote->files, code, &file);
	if (err)
		return err;
	if (walk->remote->files.read_bytes - walk->read_before > READ_BYTES_MAX)
		*ret_end = STACK_END_LIMIT;
	else if (file && file_address(file, code, addr, &vaddr))
		return step_file(walk, file, vaddr, ret_end);
	else
		*ret_end = step_frame_pointer(walk);
	return 0;
}

/* The image that a process ran at the time of its snapshot; NULL when nothing is known of it. */
static const struct image *snapshot_image(const struct remote *remote,
					  const struct unwind_snapshot *snapshot)
{
	const struct process *process = spaces_find(&remote->tracker->spaces, snapshot->key.tgid);

	return process ? process_image(process, snapshot->time_ns) : NULL;
}

int remote_unwind(struct remote *remote, const struct unwind_snapshot *snapshot,
		  size_t snapshot_bytes, uint64_t *words)
{
	struct walk walk = {
		.remote = remote,
		.image = snapshot_image(remote, snapshot),
		.time_ns = snapshot->time_ns,
		.stack = {.bytes = (const uint8_t *)(snapshot + 1), .addr = snapshot->stack_addr,
			  .missing = snapshot->stack_missing},
		.interrupted = true,
		.read_before = remote->files.read_bytes,
		.words = words,
	};
	enum stack_end end = GOES_ON;
	int err = 0;

	assert(snapshot_bytes >= sizeof(*snapshot));
	walk.stack.size = snapshot_bytes - sizeof(*snapshot);
	if (walk.stack.size > snapshot->stack_bytes)
		walk.stack.size = snapshot->stack_bytes;
	memcpy(walk.regs.value, snapshot->regs, sizeof(walk.regs.value));
	walk.regs.known = (1ULL << remote_arch.nr_regs) - 1;
	remote_stepper_start(remote->stepper);
	push(&walk, walk.regs.value[remote_arch.ip]);
	for (uint32_t i = 0; i < STEPS_MAX && end == GOES_ON && !err; i++)
		err = step(&walk, &end);
	if (end == STACK_END_UNREADABLE && walk.stack.size > SNAPSHOT_STACK_MAX - SNAPSHOT_PAGE_BYTES)
		end = STACK_END_NOT_COPIED; /* no more was taken, see bpf/snapshot.h */
	if (!err)
		words[0] = finish(&walk, end == GOES_ON ? STACK_END_LIMIT : end);
	return err;
}
