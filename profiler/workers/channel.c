// SPDX-License-Identifier: GPL-2.0-or-later
/* Sending and receiving messages; see channel.h. */
#include "profiler/workers/channel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "profiler/model/alloc.h"

struct head {
	uint32_t type, len;
};

/* A control message with one descriptor; unix(7), SCM_RIGHTS. */
union control {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr aligned;
};

static void drop_descriptor(struct message *message)
{
	if (message->fd >= 0)
		close(message->fd);
	message->fd = -1;
}

void message_fini(struct message *message)
{
	drop_descriptor(message);
	free(message->bytes);
	*message = (struct message)MESSAGE_NONE;
}

/* ---- sending --------------------------------------------------------------------------------- */

/* Moves the parts past what was sent. */
static void advance(struct msghdr *what, size_t sent)
{
	while (what->msg_iovlen && sent >= what->msg_iov->iov_len) {
		sent -= what->msg_iov->iov_len;
		what->msg_iov++;
		what->msg_iovlen--;
	}
	if (what->msg_iovlen) {
		what->msg_iov->iov_base = (char *)what->msg_iov->iov_base + sent;
		what->msg_iov->iov_len -= sent;
	}
}

static int send_all(int channel, struct msghdr *what)
{
	while (what->msg_iovlen) {
		ssize_t sent = sendmsg(channel, what, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK ? -ETIME : -errno;
		what->msg_control = NULL; /* goes with the first bytes */
		what->msg_controllen = 0;
		advance(what, (size_t)sent);
	}
	return 0;
}

int channel_send_parts(int channel, uint32_t type, const void *first, size_t first_len,
		       const void *second, size_t second_len, int fd)
{
	struct head head = {type, (uint32_t)(first_len + second_len)};
	struct iovec parts[] = {
		{&head, sizeof(head)},
		{(void *)first, first_len},
		{(void *)second, second_len},
	};
	union control control = {{0}};
	struct msghdr what = {.msg_iov = parts, .msg_iovlen = ARRAY_LEN(parts)};

	if (size_add(first_len, second_len) > UINT32_MAX)
		return -EMSGSIZE;
	if (fd >= 0) {
		control.aligned = (struct cmsghdr){CMSG_LEN(sizeof(fd)), SOL_SOCKET, SCM_RIGHTS};
		memcpy(CMSG_DATA(&control.aligned), &fd, sizeof(fd));
		what.msg_control = &control;
		what.msg_controllen = sizeof(control);
	}
	return send_all(channel, &what);
}

int channel_send(int channel, uint32_t type, const void *bytes, size_t len, int fd)
{
	return channel_send_parts(channel, type, bytes, len, NULL, 0, fd);
}

/* ---- receiving ------------------------------------------------------------------------------- */

/* Takes the descriptor that came, if one did; of several none. */
static void take_descriptor(struct msghdr *what, struct message *message)
{
	struct cmsghdr *header = what->msg_controllen ? CMSG_FIRSTHDR(what) : NULL;
	int fds[sizeof(union control) / sizeof(int)];
	size_t count;

	if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
		return;
	count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(header), count * sizeof(int));
	drop_descriptor(message);
	if (count == 1)
		message->fd = fds[0];
	for (size_t i = 0; count > 1 && i < count; i++)
		close(fds[i]);
}

static int receive_all(int channel, void *bytes, size_t len, struct message *message)
{
	while (len) {
		union control control;
		struct iovec part = {bytes, len};
		struct msghdr what = {
			.msg_iov = &part,
			.msg_iovlen = 1,
			.msg_control = &control,
			.msg_controllen = sizeof(control),
		};
		ssize_t got = recvmsg(channel, &what, MSG_CMSG_CLOEXEC | MSG_WAITALL);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK ? -ETIME
			       : errno == ECONNRESET		       ? -EPIPE
								       : -errno;
		take_descriptor(&what, message);
		if (!got)
			return -EPIPE;
		bytes = (char *)bytes + got;
		len -= (size_t)got;
	}
	return 0;
}

int channel_receive(int channel, size_t max_len, struct message *message)
{
	struct head head;
	int err;

	drop_descriptor(message);
	err = receive_all(channel, &head, sizeof(head), message);
	if (!err && head.len > max_len)
		err = -EMSGSIZE;
	if (!err)
		err = ARRAY_RESERVE(message->bytes, message->cap, (size_t)head.len + 1);
	if (!err)
		err = receive_all(channel, message->bytes, head.len, message);
	if (err)
		return err;
	message->type = head.type;
	message->len = head.len;
	message->bytes[head.len] = '\0';
	return 0;
}
