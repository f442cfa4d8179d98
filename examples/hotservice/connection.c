// SPDX-License-Identifier: GPL-2.0-or-later
/* The connection table and the connections in it, see connection.h. */
#include "connection.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "frame.h"

#define DRAIN_READS_MAX 64
#define DRAIN_WAIT_MS	100

uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int connection_table_init(struct connection_table *table)
{
	memset(table, 0, sizeof(*table));
	table->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (table->epoll_fd < 0)
		return -errno;
	return -pthread_mutex_init(&table->lock, NULL);
}

void connection_table_fini(struct connection_table *table)
{
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		if (table->slots[i])
			connection_close(table, table->slots[i]);
	}
	close(table->epoll_fd);
	pthread_mutex_destroy(&table->lock);
}

static int take_slot(struct connection_table *table, struct connection *connection)
{
	int err = -ENFILE;

	pthread_mutex_lock(&table->lock);
	for (unsigned i = 0; i < CONNECTIONS_MAX && err; i++) {
		if (table->slots[i])
			continue;
		table->slots[i] = connection;
		connection->slot = i;
		err = 0;
	}
	pthread_mutex_unlock(&table->lock);
	return err;
}

/* The descriptor is closed under the lock: connection_table_end_idle() must never meet a number
 * that has become somebody else's socket. */
static void leave_slot(struct connection_table *table, struct connection *connection, bool closing)
{
	pthread_mutex_lock(&table->lock);
	table->slots[connection->slot] = NULL;
	if (closing)
		close(connection->fd);
	pthread_mutex_unlock(&table->lock);
}

/* One-shot: after one wake-up the connection belongs to whoever was woken, until armed again. */
static int epoll_arm(struct connection_table *table, struct connection *connection, int operation)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT,
				    .data.ptr = connection};

	return epoll_ctl(table->epoll_fd, operation, connection->fd, &event) ? -errno : 0;
}

int connection_open(struct connection_table *table, int fd)
{
	struct connection *connection = malloc(sizeof(*connection));
	int err;

	if (!connection)
		return -ENOMEM;
	connection->fd = fd;
	connection->len = 0;
	connection->refused = false;
	atomic_init(&connection->active_ns, monotonic_ns());
	err = take_slot(table, connection);
	if (err)
		goto free_connection;
	err = epoll_arm(table, connection, EPOLL_CTL_ADD);
	if (!err)
		return 0;
	leave_slot(table, connection, false);
free_connection:
	free(connection);
	return err;
}

/*
 * Closing with input unread resets the connection, and the reset may overtake the answer: says that
 * nothing follows, and takes what still comes, for a moment and up to a bound.
 */
static void drain(const struct connection *connection)
{
	struct pollfd input = {.fd = connection->fd, .events = POLLIN};
	char unread[4096];

	if (shutdown(connection->fd, SHUT_WR))
		return;
	for (int i = 0; i < DRAIN_READS_MAX && poll(&input, 1, DRAIN_WAIT_MS) > 0; i++) {
		if (recv(connection->fd, unread, sizeof(unread), MSG_DONTWAIT) <= 0)
			return;
	}
}

void connection_close(struct connection_table *table, struct connection *connection)
{
	if (connection->refused)
		drain(connection);
	leave_slot(table, connection, true);
	free(connection);
}

int connection_arm(struct connection_table *table, struct connection *connection)
{
	return epoll_arm(table, connection, EPOLL_CTL_MOD);
}

FRAME ssize_t connection_fill(struct connection *connection)
{
	ssize_t got;

	do {
		got = recv(connection->fd, connection->input + connection->len,
			   sizeof(connection->input) - connection->len, MSG_DONTWAIT);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	connection->len += (size_t)got;
	atomic_store(&connection->active_ns, monotonic_ns());
	return got;
}

void connection_consume(struct connection *connection, size_t len)
{
	connection->len -= len;
	memmove(connection->input, connection->input + len, connection->len);
}

void connection_table_end_idle(struct connection_table *table, uint64_t now_ns, uint64_t idle_ns)
{
	pthread_mutex_lock(&table->lock);
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		struct connection *connection = table->slots[i];

		if (connection && atomic_load(&connection->active_ns) + idle_ns < now_ns)
			shutdown(connection->fd, SHUT_RDWR);
	}
	pthread_mutex_unlock(&table->lock);
}
