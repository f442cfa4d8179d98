// SPDX-License-Identifier: GPL-2.0-or-later
/* The queue between the acceptor and the workers, see connection.h. */
#include <assert.h>
#include <string.h>

#include "connection.h"
#include "frame.h"

int connection_queue_init(struct connection_queue *queue)
{
	int err;

	memset(queue, 0, sizeof(*queue));
	err = pthread_mutex_init(&queue->lock, NULL);
	if (err)
		return -err;
	err = pthread_cond_init(&queue->filled, NULL);
	if (err)
		pthread_mutex_destroy(&queue->lock);
	return -err;
}

void connection_queue_fini(struct connection_queue *queue)
{
	pthread_cond_destroy(&queue->filled);
	pthread_mutex_destroy(&queue->lock);
}

void connection_queue_put(struct connection_queue *queue, struct connection *connection)
{
	pthread_mutex_lock(&queue->lock);
	/* A connection is queued at most once, because it is armed for one wake-up at a time. */
	assert(queue->count < CONNECTIONS_MAX);
	queue->ring[(queue->first + queue->count++) % CONNECTIONS_MAX] = connection;
	pthread_cond_signal(&queue->filled);
	pthread_mutex_unlock(&queue->lock);
}

FRAME struct connection *connection_queue_take(struct connection_queue *queue)
{
	struct connection *connection = NULL;

	pthread_mutex_lock(&queue->lock);
	while (!queue->count && !queue->closed)
		pthread_cond_wait(&queue->filled, &queue->lock);
	if (queue->count) {
		connection = queue->ring[queue->first];
		queue->first = (queue->first + 1) % CONNECTIONS_MAX;
		queue->count--;
	}
	pthread_mutex_unlock(&queue->lock);
	return connection;
}

void connection_queue_close(struct connection_queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->closed = true;
	pthread_cond_broadcast(&queue->filled);
	pthread_mutex_unlock(&queue->lock);
}
