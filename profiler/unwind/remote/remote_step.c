// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libunwind, asked for one step at a time; see remote_step.h.
 *
 * It keeps the rules of the addresses that it met last, and knows them by the
 * address alone. So it is not told where the code lay in the process but an
 * address of our own, which means the same in all processes: the file's number
 * and the place in the file. Nothing is to be forgotten when a process ends.
 *
 * What its return values do not say is watched in the accessors: its step ends
 * in 0 when there is no caller, but also when the frame pointer is called
 * undefined, and on arm64 a failed step goes on with a guess.
 */
#include "profiler/unwind/remote/remote_step.h"

#include <errno.h>
#include <libunwind.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/unwind/remote/remote_entry.h"

/*
 * For one walk: how often it may read memory, which it does for each byte of an entry, and how many
 * bytes of entries may be made ready for it. A frame takes 100 to 200 of both together, so that this
 * is enough for 20,000 frames, and over in some 50 ms.
 */
#define EFFORT_MAX 4000000

/* The addresses that it is told: this many bits for the place, the others for the file. */
#define PLACE_BITS 40
#define FILE_BITS  23

#define LOWEST_PAGE 65536 /* no process has memory there: vm.mmap_min_addr */

/* Searches a table such as remote_entry.h's; exported for all who have accessors of their own. */
extern int UNW_OBJ(dwarf_search_unwind_table)(unw_addr_space_t space, unw_word_t ip,
					      unw_dyn_info_t *table, unw_proc_info_t *info,
					      int need_unwind_info, void *data);

struct remote_stepper {
	unw_addr_space_t space;
	struct remote_entry entry; /* of the code that the registers are in */
	const struct remote_stack *stack;
	const struct remote_regs *regs;
	uint64_t start, end; /* of that code, as libunwind is told */
	uint64_t round;	     /* how often the files' numbers have used up their bits */
	int64_t effort_left;
	bool unreadable; /* memory was asked for that is not there */
	bool refused;	 /* something else that is not known was asked for */
};

static bool is_missing(const struct remote_stack *stack, uint64_t addr)
{
	uint64_t piece = addr / SNAPSHOT_PAGE_BYTES - stack->addr / SNAPSHOT_PAGE_BYTES;

	return piece < 64 && stack->missing >> piece & 1;
}

bool remote_stack_read(const struct remote_stack *stack, uint64_t addr, uint64_t *ret_word)
{
	uint64_t offset = addr - stack->addr;

	if (stack->size < sizeof(*ret_word) || offset > stack->size - sizeof(*ret_word) ||
	    is_missing(stack, addr) || is_missing(stack, addr + sizeof(*ret_word) - 1))
		return false;
	memcpy(ret_word, stack->bytes + offset, sizeof(*ret_word));
	return true;
}

/* ---- accessors ---- */

static int find_proc_info(unw_addr_space_t space, unw_word_t ip, unw_proc_info_t *info,
			  int need_unwind_info, void *data)
{
	struct remote_stepper *stepper = data;
	unw_dyn_info_t table = {
		.start_ip = stepper->start,
		.end_ip = stepper->end,
		.format = UNW_INFO_FORMAT_REMOTE_TABLE,
		.u.rti = {.segbase = REMOTE_ENTRY_ADDR,
			  .table_data = REMOTE_ENTRY_ADDR,
			  .table_len = 1}, /* in words; a place has the size of one */
	};
	int err = -UNW_EINVAL; /* not UNW_ENOINFO, after which it would follow frame pointers */

	if (ip >= stepper->start && ip < stepper->end)
		err = UNW_OBJ(dwarf_search_unwind_table)(space, ip, &table, info, need_unwind_info,
							 data);
	if (err < 0)
		stepper->refused = true;
	return err == -UNW_ENOINFO ? -UNW_EINVAL : err;
}

static void put_unwind_info(unw_addr_space_t space, unw_proc_info_t *info, void *data)
{
}

static int get_dyn_info_list_addr(unw_addr_space_t space, unw_word_t *ret_addr, void *data)
{
	return -UNW_ENOINFO;
}

static bool entry_read(const struct remote_entry *entry, uint64_t addr, uint64_t *ret_word)
{
	uint64_t offset = addr - REMOTE_ENTRY_ADDR;

	if (offset > entry->size - sizeof(*ret_word))
		return false;
	memcpy(ret_word, entry->bytes + offset, sizeof(*ret_word));
	return true;
}

static int access_mem(unw_addr_space_t space, unw_word_t addr, unw_word_t *word, int write,
		      void *data)
{
	struct remote_stepper *stepper = data;

	if (write || --stepper->effort_left < 0)
		return -UNW_EINVAL;
	*word = 0; /* it takes a byte out of it before it asks whether there is one */
	if (entry_read(&stepper->entry, addr, word) ||
	    remote_stack_read(stepper->stack, addr, word))
		return 0;
	/* Its arm64 side looks for a signal's return in the code first; that has no entry. */
	if (addr - stepper->start < stepper->end - stepper->start)
		return 0;
	stepper->unreadable = true;
	return -UNW_EINVAL;
}

static int access_reg(unw_addr_space_t space, unw_regnum_t number, unw_word_t *value, int write,
		      void *data)
{
	struct remote_stepper *stepper = data;

	if (!write && number >= 0 && number < remote_arch.nr_regs &&
	    (stepper->regs->known >> number & 1)) {
		*value = stepper->regs->value[number];
		return 0;
	}
	stepper->refused = true;
	return -UNW_EBADREG;
}

static int access_fpreg(unw_addr_space_t space, unw_regnum_t number, unw_fpreg_t *value, int write,
			void *data)
{
	return -UNW_EBADREG;
}

static int resume(unw_addr_space_t space, unw_cursor_t *cursor, void *data)
{
	return -UNW_EINVAL;
}

static int get_proc_name(unw_addr_space_t space, unw_word_t addr, char *name, size_t size,
			 unw_word_t *ret_offset, void *data)
{
	return -UNW_ENOINFO;
}

/* ---- a step ---- */

struct remote_stepper *remote_stepper_new(void)
{
	static unw_accessors_t accessors = {
		.find_proc_info = find_proc_info,
		.put_unwind_info = put_unwind_info,
		.get_dyn_info_list_addr = get_dyn_info_list_addr,
		.access_mem = access_mem,
		.access_reg = access_reg,
		.access_fpreg = access_fpreg,
		.resume = resume,
		.get_proc_name = get_proc_name,
	};
	struct remote_stepper *stepper = calloc(1, sizeof(*stepper));

	if (!stepper)
		return NULL;
	stepper->space = unw_create_addr_space(&accessors, 0);
	if (!stepper->space) {
		free(stepper);
		return NULL;
	}
	unw_set_caching_policy(stepper->space, UNW_CACHE_GLOBAL);
	return stepper;
}

void remote_stepper_free(struct remote_stepper *stepper)
{
	if (!stepper)
		return;
	unw_destroy_addr_space(stepper->space);
	remote_entry_fini(&stepper->entry);
	free(stepper);
}

void remote_stepper_start(struct remote_stepper *stepper)
{
	stepper->effort_left = EFFORT_MAX;
}

static enum remote_result failure(const struct remote_stepper *stepper)
{
	if (stepper->effort_left < 0)
		return REMOTE_SPENT;
	return stepper->unreadable ? REMOTE_UNREADABLE : REMOTE_NO_RULE;
}

/* Whether an entry's rule says that a register has no value in the caller, or address 0 has it. */
static bool is_undefined(unw_cursor_t *cursor, int number)
{
	unw_save_loc_t where;

	return unw_get_save_loc(cursor, number, &where) < 0 || where.type == UNW_SLT_NONE;
}

/* What looks like a root with a CFA so near to address 0, or below the stack pointer, is none. */
static bool has_cfa(unw_cursor_t *cursor, const struct remote_regs *regs)
{
	unw_word_t cfa;

	return unw_get_reg(cursor, remote_arch.sp, &cfa) >= 0 && cfa > LOWEST_PAGE &&
	       cfa >= regs->value[remote_arch.sp];
}

/* Takes the caller's registers out of the cursor. What cannot be read is not known. */
static void take_regs(unw_cursor_t *cursor, bool interrupted, struct remote_regs *regs)
{
	uint64_t wanted = interrupted ? (1ULL << remote_arch.nr_regs) - 1 : remote_arch.preserved;
	struct remote_regs caller = {0};
	unw_word_t value;

	wanted |= 1ULL << remote_arch.sp;
	for (int i = 0; i < remote_arch.nr_regs; i++) {
		/* For arm64's link register it gives the ip: by its own name, below. */
		if (i == UNW_REG_IP || !(wanted >> i & 1) || unw_get_reg(cursor, i, &value) < 0)
			continue;
		caller.value[i] = value;
		caller.known |= 1ULL << i;
	}
	unw_get_reg(cursor, UNW_REG_IP, &value); /* never fails: the cursor has it */
	caller.value[remote_arch.ip] = value & remote_arch.address_mask;
	caller.known |= 1ULL << remote_arch.ip;
	*regs = caller;
}

static enum remote_result step(struct remote_stepper *stepper, bool interrupted,
			       struct remote_regs *regs)
{
	unw_cursor_t cursor;
	int ret;

	stepper->unreadable = stepper->refused = false;
	ret = unw_init_remote(&cursor, stepper->space, stepper);
	if (ret >= 0)
		ret = unw_step(&cursor);
	if (ret < 0 || stepper->refused || stepper->unreadable || stepper->effort_left < 0)
		return failure(stepper);
	if (!ret && is_undefined(&cursor, remote_arch.return_register))
		return has_cfa(&cursor, regs) ? REMOTE_ROOT : REMOTE_NO_RULE;
	if (!ret && is_undefined(&cursor, remote_arch.fp))
		return REMOTE_NO_RULE;
	take_regs(&cursor, interrupted, regs);
	return REMOTE_CALLER;
}

/* The file's part of what libunwind is told. */
static uint64_t file_part(struct remote_stepper *stepper, const struct remote_file *file)
{
	if (file->id >> FILE_BITS != stepper->round) {
		unw_flush_cache(stepper->space, 0, 0);
		stepper->round = file->id >> FILE_BITS;
	}
	return (file->id & ((1ULL << FILE_BITS) - 1)) << PLACE_BITS;
}

enum remote_result remote_step(struct remote_stepper *stepper, const struct remote_stack *stack,
			       const struct remote_file *file, const struct remote_fde *fde,
			       uint64_t vaddr, struct remote_regs *regs)
{
	bool interrupted = file->cies[fde->cie].is_signal_frame;
	uint64_t part = file_part(stepper, file);
	struct remote_regs at = *regs;
	enum remote_result result;
	int err;

	if (vaddr >> PLACE_BITS)
		return REMOTE_NO_RULE;
	err = remote_entry_write(&stepper->entry, file, fde, part + fde->start);
	if (err)
		return err == -ENOMEM ? REMOTE_NO_MEMORY : REMOTE_NO_RULE;
	stepper->effort_left -= (int64_t)stepper->entry.size;
	stepper->stack = stack;
	stepper->regs = &at;
	stepper->start = part + fde->start;
	stepper->end = stepper->start + fde->size;
	at.value[remote_arch.ip] = part + vaddr;
	at.known |= 1ULL << remote_arch.ip;
	result = step(stepper, interrupted, &at);
	if (result == REMOTE_CALLER)
		*regs = at;
	return result;
}
