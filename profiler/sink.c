// SPDX-License-Identifier: GPL-2.0-or-later
/* See sink.h. */
#include "profiler/sink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/model/beside.h"

#define PIECE_BYTES ((size_t)128 * 1024)

struct sink {
	int fd;
	int err;
	FILE *stream;
	struct beside beside;
	bool is_writing; /* the piece is on its way */
	size_t len;	 /* of the piece */
	char piece[PIECE_BYTES];
	char buffer[PIECE_BYTES]; /* the stream's */
};

static int write_piece(void *data)
{
	struct sink *sink = data;
	size_t written = 0;

	while (written < sink->len) {
		ssize_t put = write(sink->fd, sink->piece + written, sink->len - written);

		if (put >= 0)
			written += (size_t)put;
		else if (errno != EINTR)
			return -errno;
	}
	return 0;
}

/* Waits for the piece that is being written. */
static void settle(struct sink *sink)
{
	int err = sink->is_writing ? beside_end(&sink->beside) : 0;

	sink->is_writing = false;
	if (err && !sink->err)
		sink->err = err;
}

/* For the stream, which passes on a full buffer at a time, and at last what is left. */
static ssize_t take_piece(void *data, const char *bytes, size_t len)
{
	struct sink *sink = data;
	size_t taken = 0;

	while (taken < len) {
		settle(sink);
		if (sink->err)
			return (ssize_t)taken;
		sink->len = len - taken < PIECE_BYTES ? len - taken : PIECE_BYTES;
		memcpy(sink->piece, bytes + taken, sink->len);
		taken += sink->len;
		if (sink->len < PIECE_BYTES) {
			sink->err = write_piece(sink);
			continue;
		}
		sink->is_writing = true;
		beside_begin(&sink->beside, write_piece, sink);
	}
	return (ssize_t)taken;
}

struct sink *sink_open(int fd)
{
	struct sink *sink = malloc(sizeof(*sink));

	if (sink) {
		sink->fd = fd;
		sink->err = 0;
		sink->is_writing = false;
		sink->stream = fopencookie(sink, "w", (cookie_io_functions_t){.write = take_piece});
	}
	if (sink && sink->stream) {
		setvbuf(sink->stream, sink->buffer, _IOFBF, sizeof(sink->buffer));
		return sink;
	}
	free(sink);
	close(fd);
	return NULL;
}

FILE *sink_stream(struct sink *sink)
{
	return sink->stream;
}

int sink_close(struct sink *sink)
{
	int closed = fclose(sink->stream) ? -EIO : 0, err;

	settle(sink);
	if (close(sink->fd) && !sink->err)
		sink->err = -errno;
	err = sink->err ? sink->err : closed;
	free(sink);
	return err;
}
