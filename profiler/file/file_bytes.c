// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading and unpacking; see file_bytes.h. */
#include "profiler/file/file_bytes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "profiler/model/alloc.h"

#define CHUNK_BYTES 65536

/* Deflate can make a thousand bytes of one; profiles have a ratio of 3 to 20, small ones any. */
#define FREE_BYTES (16ULL << 20)
#define RATIO_MAX  64

/* What is read at all. Places in it fit into 32 bits. */
#define BYTES_MAX (2ULL << 30)
#define TOO_LARGE "it is larger than 2 GiB"

#define WINDOW_GZIP (16 + MAX_WBITS) /* what zlib wants to hear of gzip's own header */

/* Where the bytes come from: the head, then the descriptor. */
struct input {
	int fd;
	const char *head;
	size_t head_len;
	uint64_t taken; /* bytes of the file, so far */
};

bool file_bytes_packed(const char *head, size_t len)
{
	return len > 2 && !memcmp(head, "\x1f\x8b\x08", 3);
}

static int refuse(struct file_bytes *file, const struct input *in, const char *why)
{
	file->wrong = why;
	file->wrong_at = in->taken;
	return -EBADMSG;
}

/* More of the file, 0 at its end, or -errno. */
static ssize_t take(struct input *in, void *to, size_t room)
{
	ssize_t got;

	if (in->head_len) {
		size_t len = in->head_len < room ? in->head_len : room;

		memcpy(to, in->head, len);
		in->head += len;
		in->head_len -= len;
		in->taken += len;
		return (ssize_t)len;
	}
	do
		got = read(in->fd, to, room);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	in->taken += (uint64_t)got;
	return got;
}

static int make_room(struct file_bytes *file, const struct input *in)
{
	if (file->len >= BYTES_MAX)
		return refuse(file, in, TOO_LARGE);
	return ARRAY_RESERVE(file->bytes, file->cap, file->len + CHUNK_BYTES);
}

static int read_plain(struct file_bytes *file, struct input *in)
{
	struct stat st;
	ssize_t got;
	size_t room;
	int err;

	/* Without reading any of it, where that can be seen. */
	if (!fstat(in->fd, &st) && S_ISREG(st.st_mode) && (uint64_t)st.st_size > BYTES_MAX) {
		in->taken = BYTES_MAX;
		return refuse(file, in, TOO_LARGE);
	}
	do {
		err = make_room(file, in);
		if (err)
			return err;
		room = file->cap < BYTES_MAX ? file->cap : BYTES_MAX;
		got = take(in, file->bytes + file->len, room - file->len);
		if (got > 0)
			file->len += (size_t)got;
	} while (got > 0);
	return (int)got;
}

/* Inflates what the stream has been given, behind what there is already. */
static int inflate_some(struct file_bytes *file, struct input *in, z_stream *stream, int *state)
{
	size_t room;
	int err = make_room(file, in);

	if (err)
		return err;
	room = file->cap - file->len;
	if (room > 16 * CHUNK_BYTES)
		room = 16 * CHUNK_BYTES;
	stream->next_out = file->bytes + file->len;
	stream->avail_out = (unsigned int)room;
	*state = inflate(stream, Z_NO_FLUSH);
	file->len += room - stream->avail_out;
	if (*state == Z_MEM_ERROR)
		return -ENOMEM;
	if (*state != Z_OK && *state != Z_STREAM_END && *state != Z_BUF_ERROR)
		return refuse(file, in, "it cannot be unpacked");
	if (file->len > FREE_BYTES && file->len / RATIO_MAX > in->taken)
		return refuse(file, in, "it unpacks to far more than a profile can be");
	return 0;
}

/* Several packed files behind each other are one. */
static int unpack(struct file_bytes *file, struct input *in, z_stream *stream,
		  unsigned char packed[CHUNK_BYTES])
{
	int state = Z_OK, err = 0;
	ssize_t got;

	while ((got = take(in, packed, CHUNK_BYTES)) > 0) {
		stream->next_in = packed;
		stream->avail_in = (unsigned int)got;
		do {
			if (state == Z_STREAM_END && stream->avail_in &&
			    inflateReset(stream) != Z_OK)
				return -ENOMEM;
			err = inflate_some(file, in, stream, &state);
		} while (!err && (stream->avail_in || !stream->avail_out));
		if (err)
			return err;
	}
	if (got < 0)
		return (int)got;
	return state == Z_STREAM_END ? 0 : refuse(file, in, "the file ends within what is packed");
}

int file_bytes_read(struct file_bytes *file, int fd, const char *head, size_t len)
{
	struct input in = {.fd = fd, .head = head, .head_len = len};
	unsigned char packed[CHUNK_BYTES];
	z_stream stream = {0};
	int err;

	*file = (struct file_bytes){0};
	if (!file_bytes_packed(head, len))
		return read_plain(file, &in);
	if (inflateInit2(&stream, WINDOW_GZIP) != Z_OK)
		return -ENOMEM;
	err = unpack(file, &in, &stream, packed);
	inflateEnd(&stream);
	return err;
}

void file_bytes_fini(struct file_bytes *file)
{
	free(file->bytes);
	*file = (struct file_bytes){0};
}

size_t file_bytes_peek(const char *head, size_t len, uint8_t *to, size_t room)
{
	z_stream stream = {
		.next_in = (unsigned char *)head,
		.avail_in = (unsigned int)len,
		.next_out = to,
		.avail_out = (unsigned int)room,
	};

	if (inflateInit2(&stream, WINDOW_GZIP) != Z_OK)
		return 0;
	inflate(&stream, Z_NO_FLUSH);
	inflateEnd(&stream);
	return room - stream.avail_out;
}

int file_bytes_parse(int fd, const char *head, size_t len, struct profile *profile,
		     struct file_complaints *complaints,
		     int (*parse)(const struct file_bytes *file, struct profile *profile,
				  struct file_complaints *complaints, const char **ret_wrong,
				  size_t *ret_wrong_at))
{
	const char *wrong = NULL;
	struct file_bytes file;
	size_t wrong_at = 0;
	int err = file_bytes_read(&file, fd, head, len);

	if (err == -EBADMSG)
		file_complain(complaints, "at byte %" PRIu64 ": %s", file.wrong_at, file.wrong);
	if (!err)
		err = parse(&file, profile, complaints, &wrong, &wrong_at);
	if (!err && wrong) {
		file_complain(complaints, "at byte %zu%s: %s", wrong_at,
			      file_bytes_packed(head, len) ? " of what is packed" : "", wrong);
		err = -EBADMSG;
	}
	file_bytes_fini(&file);
	return err;
}
