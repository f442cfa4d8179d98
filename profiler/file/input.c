// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of a file; see input.h. */
#include "profiler/file/input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/model/alloc.h"

int input_init(struct input *input, int fd, const char *head, size_t head_len)
{
	size_t room = head_len > INPUT_READ_BYTES ? head_len : INPUT_READ_BYTES;
	int err;

	*input = (struct input){.fd = fd};
	err = ARRAY_RESERVE(input->bytes, input->cap, room);
	if (err)
		return err;
	memcpy(input->bytes, head, head_len);
	input->len = head_len;
	return 0;
}

void input_fini(struct input *input)
{
	free(input->bytes);
	*input = (struct input){0};
}

ssize_t input_more(struct input *input)
{
	ssize_t got;

	if (input->ended)
		return 0;
	if (input->len == input->cap && ARRAY_RESERVE(input->bytes, input->cap, input->cap + 1))
		return -ENOMEM;
	do
		got = read(input->fd, input->bytes + input->len, input->cap - input->len);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	input->len += (size_t)got;
	input->ended = !got;
	return got;
}

void input_drop(struct input *input, size_t len)
{
	if (len)
		memmove(input->bytes, input->bytes + len, input->len - len);
	input->len -= len;
}

bool input_bound_line(struct input *input)
{
	bool was_skipping = input->skipping;

	if (!was_skipping && input->len <= INPUT_LINE_MAX_BYTES)
		return false;
	input->skipping = true;
	input->len = input->at = input->searched = 0;
	return !was_skipping;
}

/* The line up to `end`, which is a newline or the end of the file. */
static struct piece take_line(struct input *input, const char *end)
{
	const char *text = input->bytes + input->at;

	input->at = input->searched = (size_t)(end - input->bytes) + 1;
	return (struct piece){text, (size_t)(end - text)};
}

static const char *find_newline(const struct input *input)
{
	return memchr(input->bytes + input->searched, '\n', input->len - input->searched);
}

static bool is_too_long(const struct input *input, const char *end)
{
	return (size_t)(end - input->bytes) - input->at > INPUT_LINE_MAX_BYTES;
}

/* All that are whole, up to one that is too long; that one alone. */
static int take_lines(struct input *input, const char *newline, struct piece *lines, int max)
{
	int count = 0;

	if (input->skipping || is_too_long(input, newline)) {
		input->skipping = false;
		take_line(input, newline);
		return -EFBIG;
	}
	while (newline && count < max && !is_too_long(input, newline)) {
		lines[count++] = take_line(input, newline);
		newline = count < max ? find_newline(input) : NULL;
	}
	return count;
}

int input_lines(struct input *input, struct piece *lines, int max)
{
	for (;;) {
		const char *newline = input->searched < input->len ? find_newline(input) : NULL;
		ssize_t got;

		if (newline)
			return take_lines(input, newline, lines, max);
		if (input->at < input->len)
			input_drop(input, input->at);
		else
			input->len = 0;
		input->at = 0;
		input->searched = input->len;
		input_bound_line(input);
		got = input_more(input);
		if (got < 0)
			return (int)got;
		if (got)
			continue;
		if (!input->len && !input->skipping)
			return 0;
		got = take_lines(input, input->bytes + input->len, lines, 1);
		input->len = input->at = input->searched = 0;
		return (int)got;
	}
}
