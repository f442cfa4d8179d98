/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages between a confined process (confine.h) and its maker: a type, bytes, and perhaps a
 * descriptor, over a stream socket.
 *
 * Neither side believes the other: what a length says is bounded before there is memory for it, and
 * what the bytes mean is the receiver's to check.
 */
#ifndef BOLOMETER_WORKERS_CHANNEL_H
#define BOLOMETER_WORKERS_CHANNEL_H

#include <stddef.h>
#include <stdint.h>

/* One that was received; all zero, with fd -1, before the first. */
struct message {
	uint32_t type;
	int fd;	     /* owned by who received it; -1: none came */
	char *bytes; /* owned, aligned as for malloc(), a NUL behind them; NULL before the first */
	size_t len, cap;
};

#define MESSAGE_NONE {.fd = -1}

/* Frees the bytes and closes the descriptor. */
void message_fini(struct message *message);

/* Sends one, with a copy of the descriptor unless that is -1. Returns 0 or -errno. */
int channel_send(int channel, uint32_t type, const void *bytes, size_t len, int fd);

/* Likewise of two parts that lie apart. */
int channel_send_parts(int channel, uint32_t type, const void *first, size_t first_len,
		       const void *second, size_t second_len, int fd);

/*
 * Waits for the next and puts it in the place of the last, whose descriptor is closed if it is still
 * there. Returns 0, -EPIPE (the other side is gone), -EMSGSIZE (longer than `max_len`), -ETIME (the
 * channel's time has passed), -ENOMEM, or -errno.
 */
int channel_receive(int channel, size_t max_len, struct message *message);

#endif
