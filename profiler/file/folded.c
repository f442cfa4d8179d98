// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading folded stacks; see folded.h.
 *
 * Neighbouring lines mostly start alike, so a line is compared with the one
 * before it and only what differs is taken apart. Memory is bounded by the
 * distinct stacks and the longest line, not by the file.
 */
#include "profiler/file/folded.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/file/input.h"
#include "profiler/model/alloc.h"
#include "profiler/model/markers.h"

#define NONE	   UINT32_MAX
#define MILLIONTHS 1000000U

/* A frame of the previous line: it ended at byte `end`, and made this stack with those before. */
struct boundary {
	size_t end;
	uint32_t stack;
};

struct folded_reader {
	struct profile *profile;
	struct file_complaints *complaints;
	uint64_t line;
	uint32_t *location_of_name; /* by string id; NONE where not known yet */
	size_t cap_names, nr_names;
	char *previous; /* the stack part of the line before */
	size_t previous_len, cap_previous;
	struct boundary *boundaries;
	size_t nr_boundaries, cap_boundaries;
	struct strings_piece *names; /* of the line that is being read, where it differs */
	uint32_t *ids;		     /* their strings, then their locations, then stacks */
	size_t nr_names_read, cap_names_read, cap_ids;
	uint64_t nr_fractions; /* counts that are not whole */
	uint32_t left;	       /* of them, that was not counted yet: in millionths */
};

enum frame_kind folded_name_kind(const char *name, size_t *len)
{
	/* The digits are async-profiler's, of Java's interpreter and of its quick compiler. */
	static const struct {
		char letter;
		enum frame_kind kind;
	} annotated[] = {{'k', FRAME_KERNEL},
			 {'j', FRAME_JIT},
			 {'i', FRAME_INLINED},
			 {'0', FRAME_INTERPRETER},
			 {'1', FRAME_JIT}};
	const char *end = name + *len;

	if (*len > 4 && end[-1] == ']' && end[-3] == '[' && end[-4] == '_') {
		for (size_t i = 0; i < ARRAY_LEN(annotated); i++) {
			if (end[-2] != annotated[i].letter)
				continue;
			*len -= 4;
			return annotated[i].kind;
		}
	}
	if (*len < 2 || name[0] != '[')
		return FRAME_USER;
	if (marker_is_start(name, *len))
		return FRAME_UNNAMED;
	if (name[*len - 1] != ']')
		return FRAME_USER;
	return marker_kind(name, *len);
}

/* Room for the location of every string. */
static int reserve_locations(struct folded_reader *reader)
{
	size_t need = strings_count(reader->profile->strings);
	int err = ARRAY_RESERVE(reader->location_of_name, reader->cap_names, need);

	if (err)
		return err;
	for (; reader->nr_names < need; reader->nr_names++)
		reader->location_of_name[reader->nr_names] = NONE;
	return 0;
}

/* The location of a name that is a string already. */
static int name_location(struct folded_reader *reader, const char *name, size_t len, uint32_t id,
			 uint32_t *ret_location)
{
	int err = 0;

	if (reader->location_of_name[id] == NONE) {
		enum frame_kind kind = folded_name_kind(name, &len);

		err = profile_add_name(reader->profile, name, len, kind,
				       &reader->location_of_name[id]);
	}
	*ret_location = reader->location_of_name[id];
	return err;
}

/* How many bytes of a line, and of what follows it, are those of the line before. */
static size_t same_as_before(const struct folded_reader *reader, const char *text, size_t len)
{
	const char *a = text, *b = reader->previous;
	size_t i = 0;

	if (!b)
		return 0; /* the first line */
	if (len > reader->previous_len)
		len = reader->previous_len;
	/* Most of a file is compared here: in the largest pieces, then by words. */
	while (i + 256 <= len && !memcmp(a + i, b + i, 256))
		i += 256;
	while (i + 8 <= len && !memcmp(a + i, b + i, 8))
		i += 8;
	while (i < len && a[i] == b[i])
		i++;
	return i;
}

/* The names in text from `at` on, empty ones left out; and room for their ids. */
static int split(struct folded_reader *reader, const char *text, size_t at, size_t len)
{
	size_t count = 0;

	while (at < len) {
		const char *semicolon = memchr(text + at, ';', len - at);
		size_t end = semicolon ? (size_t)(semicolon - text) : len;

		if (end > at) {
			if (ARRAY_RESERVE(reader->names, reader->cap_names_read, count + 1))
				return -ENOMEM;
			reader->names[count++] = (struct strings_piece){text + at, end - at};
		}
		at = end + 1;
	}
	reader->nr_names_read = count;
	return ARRAY_RESERVE(reader->ids, reader->cap_ids, count);
}

/* From the strings of the names that differ to their locations. */
static int locate_names(struct folded_reader *reader)
{
	int err = reserve_locations(reader);

	for (size_t i = 0; i < reader->nr_names_read && !err; i++)
		__builtin_prefetch(&reader->location_of_name[reader->ids[i]]);
	for (size_t i = 0; i < reader->nr_names_read && !err; i++) {
		const struct strings_piece *name = &reader->names[i];

		err = name_location(reader, name->text, name->len, reader->ids[i], &reader->ids[i]);
	}
	return err;
}

/* Pushes the names that differ, the last of which becomes *stack. */
static int push_names(struct folded_reader *reader, const char *text, uint32_t *stack)
{
	size_t count = reader->nr_names_read;
	int err = strings_intern_all(reader->profile->strings, reader->names, count, reader->ids);

	if (!err)
		err = locate_names(reader);
	if (!err)
		err = stack_table_push_all(&reader->profile->stacks, *stack, reader->ids, count,
					   reader->ids);
	if (!err)
		err = ARRAY_RESERVE(reader->boundaries, reader->cap_boundaries,
				    reader->nr_boundaries + count);
	for (size_t i = 0; i < count && !err; i++) {
		const struct strings_piece *name = &reader->names[i];

		*stack = reader->ids[i];
		reader->boundaries[reader->nr_boundaries++] =
			(struct boundary){(size_t)(name->text + name->len - text), *stack};
	}
	return err;
}

/*
 * The stack of `len` bytes of "frame;frame;frame", of which the first `same` are those of the line
 * before. Empty frames are left out.
 */
static int read_stack(struct folded_reader *reader, const char *text, size_t len, size_t same,
		      uint32_t *ret)
{
	uint32_t stack = STACK_EMPTY;
	size_t kept = reader->nr_boundaries;
	size_t at = 0;
	int err;

	/* A frame is shared when this line has the same bytes up to its end, and ends it there. */
	while (kept) {
		size_t end = reader->boundaries[kept - 1].end;

		if (end <= same && (end == len || text[end] == ';'))
			break;
		kept--;
	}
	if (kept) {
		stack = reader->boundaries[kept - 1].stack;
		at = reader->boundaries[kept - 1].end + 1;
	}
	reader->nr_boundaries = kept;
	err = split(reader, text, at, len);
	if (!err)
		err = push_names(reader, text, &stack);
	if (!err)
		err = ARRAY_RESERVE(reader->previous, reader->cap_previous, len + 1);
	if (err)
		return err;
	memcpy(reader->previous + same, text + same, len - same);
	reader->previous_len = len;
	*ret = stack;
	return 0;
}

/*
 * Adds the digits behind a point, as millionths, to what was left of counts before. Returns what of it
 * is whole, or -EINVAL.
 */
static int add_fraction(struct folded_reader *reader, const char *text, size_t len)
{
	uint32_t millionths = 0, place = MILLIONTHS / 10;
	int whole;

	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		millionths += place * (uint32_t)(text[i] - '0');
		place /= 10;
	}
	reader->nr_fractions += millionths != 0;
	reader->left += millionths;
	whole = reader->left >= MILLIONTHS;
	reader->left -= whole ? MILLIONTHS : 0;
	return whole;
}

/*
 * The digits at text as a count. Returns 0, -EINVAL without digits or with others, -EOVERFLOW. Counts
 * are whole: what a fraction has behind its point is counted with the next ones that have any.
 */
static int read_count(struct folded_reader *reader, const char *text, size_t len,
		      int64_t *ret_count)
{
	const char *point = memchr(text, '.', len);
	int64_t count = 0;
	bool fits = true;
	int whole = 0;

	if (point && point > text) {
		whole = add_fraction(reader, point + 1, len - (size_t)(point + 1 - text));
		len = (size_t)(point - text);
	}
	if (whole < 0)
		return whole;

	if (!len)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		fits = fits && !__builtin_mul_overflow(count, 10, &count) &&
		       !__builtin_add_overflow(count, text[i] - '0', &count);
	}
	if (!fits || __builtin_add_overflow(count, whole, &count))
		return -EOVERFLOW;
	*ret_count = count;
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* A function or thread may be called "#1": only what stands apart from the '#' is a remark. */
static bool is_comment(const char *text, size_t len)
{
	return text[0] == '#' && (len == 1 || is_blank(text[1]));
}

/* The line that is being read is not used. */
static int refuse(struct folded_reader *reader, const char *why)
{
	file_complain(reader->complaints, "line %llu: %s; not used",
		      (unsigned long long)reader->line, why);
	return 0;
}

static int add_stack(struct folded_reader *reader, const char *text, size_t len, size_t same,
		     int64_t count)
{
	struct sample sample = {.task = TASK_NONE, .cpu = CPU_NONE, .cgroup = CGROUP_NONE};
	int64_t values[VALUE_TYPES_MAX] = {count};
	int err = read_stack(reader, text, len, same < len ? same : len, &sample.stack);

	if (err)
		return err;
	if (sample.stack == STACK_EMPTY)
		return refuse(reader, "a stack without a frame");
	err = profile_add_sample(reader->profile, &sample, values);
	return err == -EOVERFLOW ? refuse(reader, "all counts together are too large") : err;
}

/* A line of which the first `same` bytes, or all of it, are those of the line before. */
static int read_line(struct folded_reader *reader, const char *text, size_t len, size_t same)
{
	size_t stack_len, count_at;
	int64_t count;
	int err;

	reader->line++;
	if (len > INPUT_LINE_MAX_BYTES)
		return refuse(reader, INPUT_TOO_LONG);
	while (len && is_blank(text[len - 1]))
		len--;
	if (!len || is_comment(text, len))
		return 0;
	for (count_at = len; count_at && !is_blank(text[count_at - 1]);)
		count_at--;
	stack_len = count_at;
	while (stack_len && is_blank(text[stack_len - 1]))
		stack_len--;
	err = count_at ? read_count(reader, text + count_at, len - count_at, &count) : -EINVAL;
	if (err == -EOVERFLOW)
		return refuse(reader, "the count is too large");
	if (err)
		return refuse(reader, "no count at the end (\"frame;frame COUNT\")");
	if (!stack_len)
		return refuse(reader, "a count without a stack");
	return count ? add_stack(reader, text, stack_len, same, count) : 0;
}

/*
 * The end of the line that begins at `at`, NULL when it is not there yet, and how many of its bytes
 * are those of the line before; in these there is no newline. A line that was begun with an earlier
 * read is compared only once it is whole, as there may be many.
 */
static const char *find_newline(const struct folded_reader *reader, const struct input *input,
				size_t at, size_t *ret_same)
{
	const char *text = input->bytes + at, *newline;
	bool begun = input->searched > at;
	size_t same = begun ? 0 : same_as_before(reader, text, input->len - at);
	size_t from = begun ? input->searched : at + same;

	newline = memchr(input->bytes + from, '\n', input->len - from);
	if (newline && begun)
		same = same_as_before(reader, text, (size_t)(newline - text));
	*ret_same = same;
	return newline;
}

/* Uses every line that is whole. Returns 0 or -ENOMEM. */
static int use_lines(struct folded_reader *reader, struct input *input)
{
	size_t at = 0, same;
	const char *newline;
	int err = 0;

	while (!err && (newline = find_newline(reader, input, at, &same))) {
		if (input->skipping)
			reader->line++;
		else
			err = read_line(reader, input->bytes + at,
					(size_t)(newline - input->bytes) - at, same);
		input->skipping = false;
		at = input->searched = (size_t)(newline + 1 - input->bytes);
	}
	input_drop(input, at);
	input->searched = input->len;
	return err;
}

/* Whether a line, from its end, has two numbers behind a stack. */
static bool ends_with_pair(const char *text, size_t len)
{
	for (int i = 0; i < 2; i++) {
		size_t digits = len;

		while (len && text[len - 1] >= '0' && text[len - 1] <= '9')
			len--;
		if (len == digits || !len || !is_blank(text[len - 1]))
			return false;
		while (len && is_blank(text[len - 1]))
			len--;
	}
	return len > 0;
}

/*
 * Whether all lines have two numbers, as those of comparisons do (difffolded.pl, and render/folded.c).
 * Of one stack the first would be taken for a part of its last name.
 */
static bool is_comparison(const struct input *input, bool ended)
{
	size_t lines = 0;

	for (size_t at = 0; at < input->len;) {
		const char *text = input->bytes + at;
		const char *newline = memchr(text, '\n', input->len - at);
		size_t len = newline ? (size_t)(newline - text) : input->len - at;

		at += len + 1;
		if (!newline && !ended)
			break;
		while (len && is_blank(text[len - 1]))
			len--;
		if (!len || is_comment(text, len))
			continue;
		if (!ends_with_pair(text, len))
			return false;
		lines++;
	}
	return lines > 0;
}

/* Reads as much as says what the file is. 1 or 0 when it has ended, -errno, -ENOMEM or -EBADMSG. */
static ssize_t read_beginning(struct folded_reader *reader, struct input *input)
{
	ssize_t got = 1;

	while (got > 0 && input->len < INPUT_READ_BYTES)
		got = input_more(input);
	if (got >= 0 && is_comparison(input, !got)) {
		file_complain(reader->complaints,
			      "two numbers in every line: a comparison of profiles, which is none "
			      "itself: give the files that were compared");
		return -EBADMSG;
	}
	return got;
}

/* The whole file, through one buffer that grows to the longest line. */
static int read_all(struct folded_reader *reader, int fd, const char *head, size_t head_len)
{
	struct input input;
	ssize_t got = 1;
	int err = input_init(&input, fd, head, head_len);

	if (!err) {
		got = read_beginning(reader, &input);
		err = got < 0 ? (int)got : 0;
	}
	while (!err && (got > 0 || input.searched < input.len)) {
		err = use_lines(reader, &input);
		if (input_bound_line(&input))
			file_complain(reader->complaints, "line %llu: " INPUT_TOO_LONG "; not used",
				      (unsigned long long)reader->line + 1);
		if (!err && got > 0)
			got = input_more(&input);
		if (!err && got < 0)
			err = (int)got;
	}
	if (!err && input.len && !input.skipping)
		err = read_line(reader, input.bytes, input.len,
				same_as_before(reader, input.bytes, input.len));
	input_fini(&input);
	return err;
}

bool folded_looks_like(const char *head, size_t len)
{
	return !memchr(head, '\0', len);
}

int folded_read(int fd, const char *head, size_t len, struct profile *profile,
		struct file_complaints *complaints)
{
	struct circumstances about = {
		.values = {{"samples", "count", VALUE_AMOUNT}},
		.nr_values = 1,
	};
	struct folded_reader reader = {.profile = profile, .complaints = complaints};
	size_t from[VALUE_TYPES_MAX];
	int err = file_begin(profile, &about, from, complaints);

	if (!err)
		err = read_all(&reader, fd, head, len);
	if (!err && reader.nr_fractions)
		file_remark(complaints,
			    "%llu counts have fractions: each is cut, and what is cut off is counted with "
			    "the next ones; small counts should be multiplied first",
			    (unsigned long long)reader.nr_fractions);
	free(reader.location_of_name);
	free(reader.previous);
	free(reader.boundaries);
	free(reader.names);
	free(reader.ids);
	return err;
}
