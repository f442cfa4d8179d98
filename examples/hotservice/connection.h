/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Client connections: the table that bounds their number, and the queue of those
 * with bytes to read.
 *
 * A connection has one owner at a time. It is armed in the acceptor's epoll set,
 * where no thread touches it; or waits in the queue; or is held by one worker, which
 * arms it again or closes it. Being in the table owns nothing: it only lets the
 * acceptor end connections that say nothing, and the service end all of them.
 */
#ifndef HOTSERVICE_CONNECTION_H
#define HOTSERVICE_CONNECTION_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "http.h"

#define CONNECTIONS_MAX 256

struct connection {
	int fd;
	unsigned slot;			 /* in the table */
	atomic_uint_least64_t active_ns; /* CLOCK_MONOTONIC when bytes came last */
	size_t len;			 /* bytes of input that no request has used yet */
	bool refused;			 /* a request was, and input may be left unread */
	char input[HTTP_REQUEST_MAX];
};

struct connection_table {
	pthread_mutex_t lock;
	struct connection *slots[CONNECTIONS_MAX];
	int epoll_fd; /* where its connections are armed */
};

/* A ring with room for every connection there can be, so putting one in never fails. */
struct connection_queue {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	struct connection *ring[CONNECTIONS_MAX];
	size_t first, count;
	bool closed;
};

/* Returns 0 or -errno. */
int connection_table_init(struct connection_table *table);
/* Closes what is still open; no thread may use the table any more. */
void connection_table_fini(struct connection_table *table);

/* Takes over the socket and arms it. Returns 0; -ENFILE when the table is full, or another -errno:
 * the socket is then still the caller's. */
int connection_open(struct connection_table *table, int fd);
void connection_close(struct connection_table *table, struct connection *connection);

/* Waits for bytes again, in the acceptor. Returns 0 or -errno (the caller still owns it). */
int connection_arm(struct connection_table *table, struct connection *connection);

/* Adds the bytes that have come to the input. Returns how many, 0 at the end of the stream, -errno
 * (-EAGAIN: nothing there). */
ssize_t connection_fill(struct connection *connection);

/* Drops the first len bytes of the input: a request that was served. */
void connection_consume(struct connection *connection, size_t len);

/* Ends connections without a byte since idle_ns before now_ns; their owners then see the end. */
void connection_table_end_idle(struct connection_table *table, uint64_t now_ns, uint64_t idle_ns);

int connection_queue_init(struct connection_queue *queue);
void connection_queue_fini(struct connection_queue *queue);
void connection_queue_put(struct connection_queue *queue, struct connection *connection);
/* Waits for a connection; NULL once the queue is closed and empty. */
struct connection *connection_queue_take(struct connection_queue *queue);
void connection_queue_close(struct connection_queue *queue);

uint64_t monotonic_ns(void);

#endif
