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

/* Up to `end`, which is a newline or the end of the file. */
static int take_line(struct input *input, const char *end, const char **ret_text, size_t *ret_len)
{
	const char *text = input->bytes + input->at;
	bool skipped = input->skipping;

	*ret_text = text;
	*ret_len = (size_t)(end - text);
	input->at = input->searched = (size_t)(end - input->bytes) + 1;
	input->skipping = false;
	return skipped ? -EFBIG : 1;
}

int input_line(struct input *input, const char **ret_text, size_t *ret_len)
{
	for (;;) {
		char *newline = memchr(input->bytes + input->searched, '\n',
				       input->len - input->searched);
		ssize_t got;

		if (newline)
			return take_line(input, newline, ret_text, ret_len);
		input_drop(input, input->at);
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
		got = take_line(input, input->bytes + input->len, ret_text, ret_len);
		input->at = input->searched = input->len = 0;
		return (int)got;
	}
}
