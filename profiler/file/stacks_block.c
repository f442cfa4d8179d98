// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Blocks of lines behind blanks, each with a number as its last: see the print
 * statements at the end of tools/profile.py, offcputime.py and stackcount.py of
 * bcc, and print_map() in libbpf-tools/offcputime.c.
 *
 *	frame                        the kernel's, the leaf first
 *	--                           with -d
 *	frame                        the user's
 *	-                NAME (PID)  or NAME [PID]
 *	    NUMBER
 */
#include <errno.h>

#include "profiler/file/stacks.h"

struct block_reader {
	struct stacks stacks;
	bool begun;
	char name[64]; /* of the thread */
	size_t name_len;
	uint32_t pid;
	bool has_name;
};

/* What stands between stacks says what their numbers are. */
static void read_title(struct block_reader *reader, struct piece line)
{
	if (!reader->stacks.values_set && piece_find(line, "time (us)") < line.len)
		reader->stacks.scale = 1000;
}

/* "[Missed User Stack]", which bcc prints for one that its table had no room for. */
static bool is_missed(struct piece text)
{
	return piece_starts(text, "[Missed ") && piece_ends(text, " Stack]");
}

/* "spin (17)" or "spin [17]": the number, and the name before it. */
static bool parse_thread(struct block_reader *reader, struct piece text, char open, char close)
{
	struct piece word = piece_last_word(text), name;
	uint64_t pid;

	if (word.len < 3 || word.text[0] != open || word.text[word.len - 1] != close ||
	    !piece_number((struct piece){word.text + 1, word.len - 2}, &pid) || pid >= UINT32_MAX)
		return false;
	name = piece_trim(piece_upto(text, text.len - word.len));
	/* Of python 3 older than its tools: "b'name'". */
	if (piece_starts(name, "b'") && piece_ends(name, "'") && name.len > 3)
		name = (struct piece){name.text + 2, name.len - 3};
	if (!name.len || name.len > sizeof(reader->name))
		return false;
	memcpy(reader->name, name.text, name.len);
	reader->name_len = name.len;
	reader->pid = (uint32_t)pid;
	reader->has_name = true;
	return true;
}

/* "-                spin (17)". */
static bool read_dashed_thread(struct block_reader *reader, struct piece text)
{
	return piece_starts(text, "- ") &&
	       parse_thread(reader, piece_trim(piece_from(text, 1)), '(', ')');
}

static int end_block(struct block_reader *reader, int64_t number)
{
	struct stacks *stacks = &reader->stacks;
	struct task task = {.tgid = reader->pid, .tid = TASK_ID_UNKNOWN};
	uint32_t id = TASK_NONE;
	int err = 0;

	if (reader->has_name)
		err = strings_intern(stacks->profile->strings, reader->name, reader->name_len,
				     &task.thread_name);
	if (!err && reader->has_name)
		err = profile_add_task(stacks->profile, &task, &id);
	if (!err)
		err = stacks_end(stacks, id, NULL, 0, number);
	stacks_reset(stacks);
	reader->begun = reader->has_name = false;
	return err;
}

/* A block that ended without a number. */
static void give_up(struct block_reader *reader)
{
	if (reader->begun)
		stacks_refuse(&reader->stacks, reader->stacks.begun, "a stack without a number");
	stacks_reset(&reader->stacks);
	reader->begun = reader->has_name = false;
}

static int read_indented(struct block_reader *reader, struct piece text)
{
	struct stacks *stacks = &reader->stacks;
	uint64_t number;

	if (is_missed(text))
		return 0;
	if (!reader->begun)
		stacks->begun = stacks->line;
	if (piece_number(text, &number) && number <= INT64_MAX)
		return end_block(reader, (int64_t)number);
	reader->begun = true;
	if (piece_is(text, "--")) {
		stacks->nr_kernel = stacks->count;
		return 0;
	}
	if (read_dashed_thread(reader, text) || parse_thread(reader, text, '[', ']'))
		return 0;
	return stacks_frame(stacks, text);
}

static int read_line(void *data, struct piece line)
{
	struct block_reader *reader = data;

	if (!line.len)
		give_up(reader);
	else if (piece_blank(line.text[0]))
		return read_indented(reader, piece_trim(line));
	else
		read_title(reader, line); /* or a message between the lines of a stack */
	return 0;
}

int bcc_read(int fd, const char *head, size_t len, struct profile *profile,
	     struct file_complaints *complaints)
{
	struct block_reader reader = {.stacks = {.profile = profile, .complaints = complaints}};
	int err = stacks_read_lines(&reader.stacks, fd, head, len, &reader, read_line);

	if (!err) {
		give_up(&reader);
		err = stacks_finish(&reader.stacks);
	}
	stacks_fini(&reader.stacks);
	return err;
}

/* A line of frames behind blanks, and below it one with nothing but a number. */
bool bcc_looks_like(const char *head, size_t len)
{
	struct piece left = {head, len}, line, text;
	bool in_block = false;
	uint64_t number;

	if (memchr(head, '\0', len))
		return false;
	while (stacks_next_line(&left, &line)) {
		bool indented = line.len && piece_blank(line.text[0]);

		text = piece_trim(line);
		if (indented && in_block && piece_number(text, &number))
			return true;
		if (!indented && memchr(line.text, ';', line.len) &&
		    piece_number(piece_last_word(line), &number))
			return false; /* folded */
		in_block = indented;
	}
	return false;
}
