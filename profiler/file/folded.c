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
#include <unistd.h>

#include "profiler/model/alloc.h"
#include "profiler/model/markers.h"

#define READ_BYTES     (256 * 1024)
#define LINE_MAX_BYTES (16 * 1024 * 1024) /* longer lines are complained about and passed over */
#define NONE	       UINT32_MAX

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
};

/* What a name says about its kind; an annotation is taken off the name. */
static enum frame_kind name_kind(const char *name, size_t *len)
{
	static const enum frame_kind annotated[] = {FRAME_KERNEL, FRAME_JIT, FRAME_INLINED};

	for (size_t i = 0; i < ARRAY_LEN(annotated); i++) {
		const char *annotation = frame_kind_annotation(annotated[i]);
		size_t annotation_len = strlen(annotation);

		if (*len > annotation_len &&
		    !memcmp(name + *len - annotation_len, annotation, annotation_len)) {
			*len -= annotation_len;
			return annotated[i];
		}
	}
	if (*len < 2 || name[0] != '[' || name[*len - 1] != ']')
		return FRAME_USER;
	return marker_is(name, *len) ? FRAME_MARKER : FRAME_UNNAMED;
}

static int name_location(struct folded_reader *reader, const char *name, size_t len,
			 uint32_t *ret_location)
{
	uint32_t id;
	int err = strings_intern(reader->profile->strings, name, len, &id);

	if (err)
		return err;
	if (id >= reader->nr_names) {
		size_t need = (size_t)id + 1;

		err = ARRAY_RESERVE(reader->location_of_name, reader->cap_names, need);
		if (err)
			return err;
		memset(reader->location_of_name + reader->nr_names, 0xff,
		       (need - reader->nr_names) * sizeof(*reader->location_of_name));
		reader->nr_names = need;
	}
	if (reader->location_of_name[id] == NONE) {
		enum frame_kind kind = name_kind(name, &len);

		err = profile_add_name(reader->profile, name, len, kind,
				       &reader->location_of_name[id]);
	}
	*ret_location = reader->location_of_name[id];
	return err;
}

static size_t common_prefix(const char *a, const char *b, size_t len)
{
	size_t i = 0;

	for (; i + 8 <= len; i += 8) {
		uint64_t x, y;

		memcpy(&x, a + i, 8);
		memcpy(&y, b + i, 8);
		if (x != y)
			break;
	}
	while (i < len && a[i] == b[i])
		i++;
	return i;
}

/* The stack of `len` bytes of "frame;frame;frame". Empty frames are left out. */
static int read_stack(struct folded_reader *reader, const char *text, size_t len, uint32_t *ret)
{
	size_t shortest = len < reader->previous_len ? len : reader->previous_len;
	size_t same = common_prefix(text, reader->previous, shortest);
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
	while (at < len) {
		const char *semicolon = memchr(text + at, ';', len - at);
		size_t end = semicolon ? (size_t)(semicolon - text) : len;
		uint32_t location;

		if (end > at) {
			err = name_location(reader, text + at, end - at, &location);
			if (!err)
				err = stack_table_push(&reader->profile->stacks, stack, location,
						       &stack);
			if (err)
				return err;
		}
		err = ARRAY_RESERVE(reader->boundaries, reader->cap_boundaries,
				    reader->nr_boundaries + 1);
		if (err)
			return err;
		reader->boundaries[reader->nr_boundaries++] = (struct boundary){end, stack};
		at = end + 1;
	}
	err = ARRAY_RESERVE(reader->previous, reader->cap_previous, len + 1);
	if (err)
		return err;
	memcpy(reader->previous, text, len);
	reader->previous_len = len;
	*ret = stack;
	return 0;
}

/* The digits at text as a count; false when there are none, others, or too many. */
static bool read_count(const char *text, size_t len, int64_t *ret_count)
{
	int64_t count = 0;

	if (!len)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9' ||
		    __builtin_mul_overflow(count, 10, &count) ||
		    __builtin_add_overflow(count, text[i] - '0', &count))
			return false;
	}
	*ret_count = count;
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static int read_line(struct folded_reader *reader, const char *text, size_t len)
{
	struct sample sample = {.task = TASK_NONE, .cpu = CPU_NONE, .cgroup = CGROUP_NONE};
	int64_t values[VALUE_TYPES_MAX] = {0};
	const char *space;
	size_t stack_len;
	int err;

	reader->line++;
	while (len && is_blank(text[len - 1]))
		len--;
	if (!len || text[0] == '#')
		return 0;
	space = memrchr(text, ' ', len);
	stack_len = space ? (size_t)(space - text) : 0;
	while (stack_len && is_blank(text[stack_len - 1]))
		stack_len--;
	if (!space || !read_count(space + 1, len - (size_t)(space + 1 - text), values)) {
		file_complain(reader->complaints,
			      "line %llu: no count at the end (\"frame;frame COUNT\"); not used",
			      (unsigned long long)reader->line);
		return 0;
	}
	if (!stack_len) {
		file_complain(reader->complaints, "line %llu: a count without a stack; not used",
			      (unsigned long long)reader->line);
		return 0;
	}
	if (!values[0])
		return 0;
	err = read_stack(reader, text, stack_len, &sample.stack);
	if (!err && sample.stack == STACK_EMPTY)
		file_complain(reader->complaints, "line %llu: a stack without a frame; not used",
			      (unsigned long long)reader->line);
	else if (!err)
		err = profile_add_sample(reader->profile, &sample, values);
	return err;
}

/* Every whole line in the buffer; returns how many bytes that were, or -errno. */
static ssize_t read_lines(struct folded_reader *reader, const char *buffer, size_t len)
{
	size_t at = 0;

	for (;;) {
		const char *newline = memchr(buffer + at, '\n', len - at);
		int err;

		if (!newline)
			return (ssize_t)at;
		err = read_line(reader, buffer + at, (size_t)(newline - buffer) - at);
		if (err)
			return err;
		at = (size_t)(newline - buffer) + 1;
	}
}

/* The whole file, through one buffer that grows to the longest line. */
static int read_all(struct folded_reader *reader, int fd, const char *head, size_t head_len)
{
	size_t cap = READ_BYTES, len = head_len;
	char *buffer = malloc(cap);
	bool skipping = false; /* the rest of a line that is too long */
	ssize_t got = 1, used = 0;

	if (!buffer)
		return -ENOMEM;
	memcpy(buffer, head, head_len);
	while (got > 0) {
		used = read_lines(reader, buffer, len);
		if (used < 0)
			break;
		len -= (size_t)used;
		memmove(buffer, buffer + used, len);
		if (len == cap && cap >= LINE_MAX_BYTES) {
			if (!skipping)
				file_complain(reader->complaints,
					      "line %llu: longer than 16 MiB; not used",
					      (unsigned long long)reader->line + 1);
			skipping = true;
			len = 0;
		} else if (len == cap && array_reserve((void **)&buffer, &cap, cap + 1, 1)) {
			used = -ENOMEM;
			break;
		}
		do
			got = read(fd, buffer + len, cap - len);
		while (got < 0 && errno == EINTR);
		if (got < 0)
			used = -errno;
		else if (skipping) {
			char *newline = memchr(buffer, '\n', (size_t)got);

			len = newline ? (size_t)(buffer + got - newline - 1) : 0;
			if (newline) {
				memmove(buffer, newline + 1, len);
				reader->line++;
				skipping = false;
			}
		} else {
			len += (size_t)got;
		}
	}
	if (used >= 0 && len)
		used = read_line(reader, buffer, len);
	free(buffer);
	return used < 0 ? (int)used : 0;
}

bool folded_looks_like(const char *head, size_t len)
{
	return !memchr(head, '\0', len);
}

int folded_read(int fd, const char *head, size_t len, struct profile *profile,
		struct file_complaints *complaints)
{
	struct folded_reader reader = {.profile = profile, .complaints = complaints};
	int err = 0;

	if (!profile->about.nr_values)
		err = profile_add_value_type(profile, "samples", "count");
	if (!err)
		err = read_all(&reader, fd, head, len);
	free(reader.location_of_name);
	free(reader.previous);
	free(reader.boundaries);
	return err;
}
