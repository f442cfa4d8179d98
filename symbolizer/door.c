// SPDX-License-Identifier: GPL-2.0-or-later
/* Asking through the channel; see door.h. */
#include "symbolizer/door.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbolizer/reader_talk.h"

/* Nobody is there any more: nothing that is still done here would be of use. */
static void check(int err)
{
	if (err)
		_exit(EXIT_SUCCESS);
}

/* Waits for what was asked for. Returns a descriptor or -errno. */
static int await(struct door *door, struct reader_file *ret)
{
	int fd;

	check(channel_receive(door->channel, READER_MESSAGE_MAX, &door->reply));
	if (door->reply.type != READER_FILE || door->reply.len != sizeof(*ret))
		check(-EPROTO);
	memcpy(ret, door->reply.bytes, sizeof(*ret));
	fd = door->reply.fd;
	door->reply.fd = -1;
	return ret->err ? ret->err : fd >= 0 ? fd : -ENOENT;
}

int door_open(struct door *door, enum place place, const char *path)
{
	uint32_t number = place;
	struct reader_file file;

	check(channel_send_parts(door->channel, READER_OPEN, &number, sizeof(number), path,
				 strlen(path), -1));
	return await(door, &file);
}

static bool make_id(struct reader_id *ret, const uint8_t *id, size_t id_len)
{
	*ret = (struct reader_id){.len = (uint32_t)id_len};
	if (id_len > sizeof(ret->id))
		return false;
	memcpy(ret->id, id, id_len);
	return true;
}

int door_fetch(struct door *door, const uint8_t *id, size_t id_len, char *ret_from, size_t size)
{
	struct reader_id which;
	struct reader_file file;
	int fd;

	if (!make_id(&which, id, id_len))
		return -ENOENT;
	check(channel_send(door->channel, READER_FETCH, &which, sizeof(which), -1));
	fd = await(door, &file);
	snprintf(ret_from, size, "%s", file.from);
	return fd;
}

void door_refuse(struct door *door, const uint8_t *id, size_t id_len)
{
	struct reader_id which;

	if (make_id(&which, id, id_len))
		check(channel_send(door->channel, READER_REFUSE, &which, sizeof(which), -1));
}

void door_tell(struct door *door, const char *line)
{
	check(channel_send(door->channel, READER_TELL, line, strlen(line), -1));
}
