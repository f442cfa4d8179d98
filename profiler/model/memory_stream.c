// SPDX-License-Identifier: GPL-2.0-or-later
/* See memory_stream.h. */
#include "profiler/model/memory_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"

static ssize_t take(void *data, const char *bytes, size_t len)
{
	struct memory_stream *memory = data;

	if (!memory->err)
		memory->err = ARRAY_RESERVE(memory->text, memory->cap,
					    size_add(size_add(memory->len, len), 1));
	if (memory->err)
		return 0;
	memcpy(memory->text + memory->len, bytes, len);
	memory->len += len;
	return (ssize_t)len;
}

FILE *memory_stream_open(struct memory_stream *memory)
{
	*memory = (struct memory_stream){0};
	/* Room for the NUL. */
	if (ARRAY_RESERVE(memory->text, memory->cap, 1))
		return NULL;
	memory->stream = fopencookie(memory, "w", (cookie_io_functions_t){.write = take});
	if (!memory->stream)
		free(memory->text);
	return memory->stream;
}

size_t memory_stream_len(struct memory_stream *memory)
{
	fflush(memory->stream);
	return memory->len;
}

int memory_stream_close(struct memory_stream *memory, char **ret_text, size_t *ret_len)
{
	if (fclose(memory->stream) || memory->err) {
		free(memory->text);
		return -ENOMEM;
	}
	memory->text[memory->len] = '\0';
	*ret_text = memory->text;
	*ret_len = memory->len;
	return 0;
}
