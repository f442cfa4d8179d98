// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Maps of bpftrace: each element is its key and a number. A key has parts, some
 * of which are stacks over several lines, the leaf first; see src/output.cpp and
 * resolve_stack() in src/bpftrace.cpp of bpftrace.
 *
 *	@name[
 *	    frame+12
 *	    frame+34
 *	, spin, 17]: 5
 *
 * Parts that are no stacks become what the stack is grouped by. Of two stacks the
 * kernel's stands on the user's, in whichever order they are printed.
 */
#include <errno.h>
#include <stdlib.h>

#include "profiler/file/stacks.h"
#include "profiler/model/alloc.h"

#define GROUPS_MAX    8
#define GROUP_LEN_MAX 256

struct map_reader {
	struct stacks stacks;
	bool in_key;
	bool in_stack;	  /* the line before was a frame */
	size_t nr_stacks; /* that began in this key */
	size_t second;	  /* where the second begins */
	bool first_is_kernel;
	char groups[GROUPS_MAX][GROUP_LEN_MAX];
	size_t group_len[GROUPS_MAX], nr_groups;
};

/* "@name[": how long that is; 0 when the line does not begin so. */
static size_t key_begin(struct piece line)
{
	size_t at = 1;

	if (!line.len || line.text[0] != '@')
		return 0;
	while (at < line.len && (line.text[at] == '_' || piece_digit(line.text[at]) ||
				 ((line.text[at] | 0x20) >= 'a' && (line.text[at] | 0x20) <= 'z')))
		at++;
	return at < line.len && line.text[at] == '[' ? at + 1 : 0;
}

static void reset(struct map_reader *reader)
{
	stacks_reset(&reader->stacks);
	reader->in_key = reader->in_stack = reader->first_is_kernel = false;
	reader->nr_stacks = reader->second = reader->nr_groups = 0;
}

static void add_group(struct map_reader *reader, struct piece text)
{
	size_t at = reader->nr_groups;

	if (!text.len || at == GROUPS_MAX)
		return;
	if (text.len > GROUP_LEN_MAX)
		text.len = GROUP_LEN_MAX;
	memcpy(reader->groups[at], text.text, text.len);
	reader->group_len[at] = text.len;
	reader->nr_groups++;
}

/* ", spin, 17,": parts of a key between stacks. */
static void read_parts(struct map_reader *reader, struct piece text)
{
	text = piece_trim(text);
	if (piece_ends(text, ","))
		text.len--;
	while (text.len) {
		size_t comma = piece_find(text, ", ");

		add_group(reader, piece_trim(piece_upto(text, comma)));
		text = piece_from(text, comma < text.len ? comma + 2 : comma);
	}
}

/* Puts the kernel's frames, which are the last ones, before the user's. */
static int kernel_first(struct map_reader *reader)
{
	struct stacks *stacks = &reader->stacks;
	size_t kernel = stacks->count - reader->second, user = reader->second;
	uint32_t *room = malloc(size_mul(stacks->count, sizeof(*room)));
	uint32_t *both[] = {stacks->names, stacks->modules};

	if (!room)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		memcpy(room, both[i] + user, kernel * sizeof(*room));
		memcpy(room + kernel, both[i], user * sizeof(*room));
		memcpy(both[i], room, stacks->count * sizeof(*room));
	}
	free(room);
	return 0;
}

static int end_key(struct map_reader *reader, int64_t number)
{
	struct stacks *stacks = &reader->stacks;
	bool second_is_kernel =
		reader->nr_stacks > 1 && reader->second && stacks_is_kernel(stacks, reader->second);
	struct piece groups[GROUPS_MAX];
	int err = 0;

	for (size_t i = 0; i < reader->nr_groups; i++)
		groups[i] = (struct piece){reader->groups[i], reader->group_len[i]};
	if (second_is_kernel && !reader->first_is_kernel)
		err = kernel_first(reader);
	if (!err)
		err = stacks_end(stacks, TASK_NONE, groups, reader->nr_groups, number);
	reset(reader);
	return err;
}

/*
 * "...]: 5" at the end of a key. Returns 1, 0 when the line is not that, or -errno. What is no whole
 * number, as of avg() and hist(), is not used.
 */
static int read_end(struct map_reader *reader, struct piece line)
{
	struct piece word = piece_last_word(line);
	struct piece before = piece_trim_end(piece_upto(line, line.len - word.len));
	uint64_t number;
	int err;

	if (piece_ends(line, "]:")) {
		stacks_refuse(&reader->stacks, reader->stacks.line, "no number behind the key");
		reset(reader);
		return 1;
	}
	if (!piece_ends(before, "]:"))
		return 0;
	if (!piece_number(word, &number) || number > INT64_MAX) {
		stacks_refuse(&reader->stacks, reader->stacks.line,
			      "no whole number behind the key");
		reset(reader);
		return 1;
	}
	read_parts(reader, piece_upto(before, before.len - 2));
	err = end_key(reader, (int64_t)number);
	return err ? err : 1;
}

static int read_frame(struct map_reader *reader, struct piece text)
{
	if (!reader->in_stack) {
		if (reader->nr_stacks++ == 1) {
			reader->second = reader->stacks.count;
			reader->first_is_kernel = stacks_is_kernel(&reader->stacks, 0);
		}
		reader->in_stack = true;
	}
	return stacks_frame(&reader->stacks, text);
}

/* A line within a key. */
static int read_key(struct map_reader *reader, struct piece line)
{
	int got;

	if (line.len && piece_blank(line.text[0]))
		return read_frame(reader, piece_trim(line));
	reader->in_stack = false;
	got = read_end(reader, line);
	if (!got)
		read_parts(reader, line);
	return got < 0 ? got : 0;
}

static int read_line(void *data, struct piece line)
{
	struct map_reader *reader = data;
	size_t begin = key_begin(line);

	if (!begin && !reader->in_key)
		return 0; /* what scripts print besides */
	if (!begin)
		return read_key(reader, line);
	if (reader->in_key)
		stacks_refuse(&reader->stacks, reader->stacks.begun, "a key without a number");
	reset(reader);
	reader->in_key = true;
	reader->stacks.begun = reader->stacks.line;
	line = piece_from(line, begin);
	return line.len ? read_key(reader, line) : 0;
}

int bpftrace_read(int fd, const char *head, size_t len, struct profile *profile,
		  struct file_complaints *complaints)
{
	struct map_reader reader = {.stacks = {.profile = profile, .complaints = complaints}};
	int err = stacks_read_lines(&reader.stacks, fd, head, len, &reader, read_line);

	if (!err && reader.in_key)
		stacks_refuse(&reader.stacks, reader.stacks.begun, "a key without a number");
	if (!err)
		err = stacks_finish(&reader.stacks);
	stacks_fini(&reader.stacks);
	return err;
}

/* An element of a map whose key has a stack. */
bool bpftrace_looks_like(const char *head, size_t len)
{
	struct piece left = {head, len}, line, behind;

	if (memchr(head, '\0', len))
		return false;
	while (stacks_next_line(&left, &line)) {
		size_t begin = key_begin(line);

		if (!begin || !(begin == line.len || piece_ends(line, ",")))
			continue;
		if (stacks_next_line(&left, &behind) && behind.len && piece_blank(behind.text[0]))
			return true;
	}
	return false;
}
