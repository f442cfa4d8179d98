// SPDX-License-Identifier: GPL-2.0-or-later
/* What readers ask for through their doors, and who gets it; see listening.h and door.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "symbolizer/debug_server.h"
#include "symbolizer/listening.h"
#include "symbolizer/reader_talk.h"

/* Programs with split debug information have a file for each unit; and of what is fetched there are two. */
#define OPENS_MAX   (1U << 18)
#define FETCHES_MAX 4

static bool is_elf(int fd)
{
	char magic[SELFMAG];

	return pread(fd, magic, sizeof(magic), 0) == (ssize_t)sizeof(magic) &&
	       !memcmp(magic, ELFMAG, sizeof(magic));
}

/* Hands a descriptor out, or says why there is none. Nothing but an ELF file leaves. */
static int hand_out(struct listening *listening, int fd, const char *from)
{
	struct reader_file file = {.err = fd < 0 ? fd : 0};
	int err;

	if (fd >= 0 && !is_elf(fd)) {
		close(fd);
		file.err = fd = -EPERM;
	}
	snprintf(file.from, sizeof(file.from), "%s", from);
	err = channel_send(listening->confined.fd, READER_FILE, &file, sizeof(file), fd);
	if (fd >= 0)
		close(fd);
	return err;
}

static int open_for(struct listening *listening)
{
	const struct message *message = &listening->message;
	const char *path = message->bytes + sizeof(uint32_t);
	uint32_t place;
	int fd = -EPERM;

	if (message->len <= sizeof(place) || message->len > sizeof(place) + PATH_MAX ||
	    ++listening->opens > OPENS_MAX)
		return LISTENING_NONSENSE;
	memcpy(&place, message->bytes, sizeof(place));
	if (place >= PLACE_COUNT)
		return LISTENING_NONSENSE;
	if (listening->needs.files)
		fd = places_open(&listening->needs.places, (enum place)place, path);
	if (fd >= 0 && !is_elf(fd) &&
	    source_tell(listening->source, "debug file %s of %s is not used: %s", path,
			listening->needs.name, symbol_reason_text(SYMBOL_NOT_ELF))) {
		close(fd);
		return -ENOMEM;
	}
	return hand_out(listening, fd, "");
}

static bool read_id(const struct message *message, struct reader_id *ret)
{
	if (message->len != sizeof(*ret))
		return false;
	memcpy(ret, message->bytes, sizeof(*ret));
	return ret->len <= sizeof(ret->id);
}

static int fetch_for(struct listening *listening)
{
	struct reader_id which;
	char from[256] = "";
	int fd = -ENOENT;

	if (!read_id(&listening->message, &which) || ++listening->fetches > FETCHES_MAX)
		return LISTENING_NONSENSE;
	if (listening->needs.files)
		fd = debug_server_find(listening->source, which.id, which.len,
				       listening->needs.name, from, sizeof(from));
	return hand_out(listening, fd, from);
}

static int refuse_for(struct listening *listening)
{
	struct reader_id which;

	if (!read_id(&listening->message, &which) || !listening->fetches)
		return LISTENING_NONSENSE;
	debug_server_refuse(listening->source, which.id, which.len);
	return 0;
}

int doorkeeper_serve(struct listening *listening)
{
	switch (listening->message.type) {
	case READER_OPEN:
		return open_for(listening);
	case READER_FETCH:
		return fetch_for(listening);
	case READER_REFUSE:
		return refuse_for(listening);
	case READER_TELL:
		return source_tell(listening->source, "%s", listening->message.bytes);
	default:
		return LISTENING_NONSENSE;
	}
}
