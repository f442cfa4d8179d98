// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames of stacks, and the stacks of them; see stacks.h. */
#include "profiler/file/stacks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "profiler/file/folded.h"
#include "profiler/file/input.h"
#include "profiler/file/perf_line.h"
#include "profiler/file/perf_place.h"
#include "profiler/model/alloc.h"
#include "profiler/model/markers.h"

#define ADDRESS_DIGITS_MIN 6 /* fewer may be a word */

void stacks_reset(struct stacks *stacks)
{
	stacks->count = stacks->nr_kernel = 0;
}

void stacks_fini(struct stacks *stacks)
{
	free(stacks->names);
	free(stacks->modules);
	free(stacks->locations);
}

void stacks_refuse(const struct stacks *stacks, uint64_t line, const char *why)
{
	file_complain(stacks->complaints, "line %llu: %s; not used", (unsigned long long)line, why);
}

/* ---- frames --------------------------------------------------------------------------------- */

/* Without "+12" or "+0x1f" at its end. */
static struct piece without_offset(struct piece text)
{
	size_t at = text.len;

	while (at && piece_hex_digit(text.text[at - 1]))
		at--;
	if (at == text.len)
		return text;
	if (at > 3 && piece_ends(piece_upto(text, at), "+0x"))
		return piece_upto(text, at - 3);
	while (at < text.len && piece_digit(text.text[at]))
		at++;
	if (at < text.len)
		return text;
	while (at && piece_digit(text.text[at - 1]))
		at--;
	return at > 1 && text.text[at - 1] == '+' ? piece_upto(text, at - 1) : text;
}

/* "0x7f16740d44a3", which is all that is known. */
static bool is_address(struct piece text)
{
	if (!piece_starts(text, "0x") || text.len < 3)
		return false;
	for (size_t i = 2; i < text.len; i++) {
		if (!piece_hex_digit(text.text[i]))
			return false;
	}
	return true;
}

static int push(struct stacks *stacks, struct piece name, struct piece module)
{
	struct strings *strings = stacks->profile->strings;
	size_t count = stacks->count;
	int err;

	if (count == STACKS_FRAMES_MAX)
		return 0;
	err = ARRAY_RESERVE(stacks->names, stacks->cap_names, count + 1);
	if (!err)
		err = ARRAY_RESERVE(stacks->modules, stacks->cap_modules, count + 1);
	if (!err)
		err = strings_intern(strings, name.text, name.len, &stacks->names[count]);
	if (!err)
		err = strings_intern(strings, module.text, module.len, &stacks->modules[count]);
	stacks->count += !err;
	return err;
}

/* What stands for a function without a name: "[unknown]", the file it is in, the address. */
static int push_unnamed(struct stacks *stacks, struct piece addr, struct piece module)
{
	const struct file_options *options = &stacks->complaints->options;
	struct piece none = {"", 0};
	char *name;
	int len, err;

	if (!module.len)
		module = (struct piece){"unknown", strlen("unknown")};
	len = options->addrs && addr.len ? asprintf(&name, "[%.*s <%.*s>]", (int)module.len,
						    module.text, (int)addr.len, addr.text)
					 : asprintf(&name, "[%.*s]", (int)module.len, module.text);
	if (len < 0)
		return -ENOMEM;
	err = push(stacks, (struct piece){name, (size_t)len}, none);
	free(name);
	return err;
}

/* Whether what could be an address is no word: it is long, or padded to a column. */
static bool is_column(struct piece text, size_t digits)
{
	return digits >= ADDRESS_DIGITS_MIN ||
	       (digits + 1 < text.len && piece_blank(text.text[digits + 1]));
}

int stacks_frame(struct stacks *stacks, struct piece text)
{
	struct perf_frame frame;
	struct piece name, module = {"", 0};

	if (is_address(text))
		return push_unnamed(stacks, piece_from(text, 2), module);
	if (!perf_frame_parse(text, &frame) || !is_column(text, frame.addr.len))
		return push(stacks, without_offset(text), module);
	if (frame.file.len)
		perf_file_kind(&frame, &module);
	name = without_offset(frame.name);
	if (!name.len || is_address(name))
		return push_unnamed(stacks, frame.addr, module);
	return push(stacks, name, module);
}

/* ---- the kernel ----------------------------------------------------------------------------- */

/* With which stacks of the kernel begin: x86, arm64, and threads of its own. By their beginnings. */
static const char *const entries[] = {
	"entry_SYSCALL",
	"entry_INT80",
	"asm_exc_",
	"asm_sysvec_",
	"asm_common_interrupt",
	"ret_from_fork",
	"el0t_",
	"el0_sync",
	"el0_svc",
	"secondary_startup",
	"x86_64_start_",
	"common_startup_64",
};

static bool is_entry(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(entries); i++) {
		if (!strncmp(name, entries[i], strlen(entries[i])))
			return true;
	}
	return false;
}

bool stacks_is_kernel(const struct stacks *stacks, size_t from)
{
	return stacks->count > from &&
	       is_entry(strings_text(stacks->profile->strings, stacks->names[stacks->count - 1]));
}

/* How many frames, from the leaf on, are the kernel's. */
static size_t kernel_frames(const struct stacks *stacks)
{
	if (stacks->nr_kernel)
		return stacks->nr_kernel;
	for (size_t i = stacks->count; i-- > 0;) {
		if (is_entry(strings_text(stacks->profile->strings, stacks->names[i])))
			return i + 1;
	}
	return 0;
}

/* ---- the stack ------------------------------------------------------------------------------ */

/* What its name says of a frame, else what its module does, else where it stands. */
static int locate(struct stacks *stacks, size_t frame, bool kernel, uint32_t *ret)
{
	struct strings *strings = stacks->profile->strings;
	struct location location = {.mapping = MAPPING_NONE, .module = stacks->modules[frame]};
	const char *name = strings_text(strings, stacks->names[frame]);
	size_t len = strings_len(strings, stacks->names[frame]);
	enum frame_kind kind = folded_name_kind(name, &len);
	int err = strings_intern(strings, name, len, &location.name);

	if (kind == FRAME_USER && kernel)
		kind = FRAME_KERNEL;
	else if (kind == FRAME_USER && strstr(strings_text(strings, location.module), ".so"))
		kind = FRAME_LIBRARY;
	location.kind = (uint8_t)kind;
	return err ? err : profile_add_location(stacks->profile, &location, ret);
}

/* Locations of the groups and the frames, the outermost first. */
static int locate_all(struct stacks *stacks, const struct piece *groups, size_t nr_groups,
		      size_t *ret_count)
{
	size_t kernel = kernel_frames(stacks), count = 0;
	int err = ARRAY_RESERVE(stacks->locations, stacks->cap_locations,
				nr_groups + stacks->count + 1);

	for (size_t i = 0; i < nr_groups && !err; i++)
		err = profile_add_name(stacks->profile, groups[i].text, groups[i].len, FRAME_GROUP,
				       &stacks->locations[count++]);
	if (!err && stacks->count == STACKS_FRAMES_MAX)
		err = profile_add_name(stacks->profile, MARKER_TRUNCATED, strlen(MARKER_TRUNCATED),
				       FRAME_MARKER, &stacks->locations[count++]);
	else if (!err && !stacks->count)
		err = profile_add_name(stacks->profile, MARKER_NO_STACK, strlen(MARKER_NO_STACK),
				       FRAME_MARKER, &stacks->locations[count++]);
	for (size_t i = stacks->count; i-- > 0 && !err;)
		err = locate(stacks, i, i < kernel, &stacks->locations[count++]);
	*ret_count = count;
	return err;
}

static int set_values(struct stacks *stacks)
{
	struct circumstances about = {
		.values = {{"samples", "count", VALUE_AMOUNT}},
		.nr_values = 1,
	};
	size_t from[VALUE_TYPES_MAX];

	if (stacks->values_set)
		return 0;
	stacks->values_set = true;
	if (stacks->scale)
		about.values[0] = (struct value_type){"time", "nanoseconds", VALUE_AMOUNT};
	return file_begin(stacks->profile, &about, from, stacks->complaints);
}

int stacks_end(struct stacks *stacks, uint32_t task, const struct piece *groups, size_t nr_groups,
	       int64_t number)
{
	struct sample sample = {.task = task, .cpu = CPU_NONE, .cgroup = CGROUP_NONE};
	int64_t values[VALUE_TYPES_MAX] = {number};
	size_t count;
	int err = set_values(stacks);

	if (!err && stacks->scale && __builtin_mul_overflow(number, stacks->scale, &values[0])) {
		stacks_refuse(stacks, stacks->line, "the number is too large");
		return 0;
	}
	if (!err && number)
		err = locate_all(stacks, groups, nr_groups, &count);
	if (err || !number)
		return err;
	err = stack_table_push_all(&stacks->profile->stacks, STACK_EMPTY, stacks->locations, count,
				   stacks->locations);
	sample.stack = err ? STACK_EMPTY : stacks->locations[count - 1];
	if (!err)
		err = profile_add_sample(stacks->profile, &sample, values);
	if (err != -EOVERFLOW)
		return err;
	stacks_refuse(stacks, stacks->line, "all numbers together are too large");
	return 0;
}

int stacks_finish(struct stacks *stacks)
{
	return set_values(stacks);
}

/* ---- lines ---------------------------------------------------------------------------------- */

int stacks_read_lines(struct stacks *stacks, int fd, const char *head, size_t len, void *data,
		      int (*read)(void *data, struct piece line))
{
	struct input input;
	struct piece line;
	int got, err = input_init(&input, fd, head, len);

	while (!err && (got = input_lines(&input, &line, 1)) != 0) {
		stacks->line++;
		if (got == -EFBIG)
			stacks_refuse(stacks, stacks->line, INPUT_TOO_LONG);
		else
			err = got < 0 ? got : read(data, piece_trim_end(line));
	}
	input_fini(&input);
	return err;
}

bool stacks_next_line(struct piece *left, struct piece *ret)
{
	size_t end = piece_find(*left, "\n");

	if (!left->len)
		return false;
	*ret = piece_trim_end(piece_upto(*left, end));
	*left = piece_from(*left, end < left->len ? end + 1 : end);
	return true;
}
