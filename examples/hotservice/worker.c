// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The worker threads: each takes a connection with bytes to read from the queue,
 * answers the requests that are there, and gives the connection back.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "service.h"

#define THREAD_NAME_BYTES 16

static void send_refusal(struct connection *connection, int status)
{
	static const char text[] = "This service cannot answer that request.\n";
	struct http_response response = {.status = status,
					 .content_type = "text/plain",
					 .body = text,
					 .body_len = strlen(text)};

	/* The connection is closed after it in any case. */
	(void)http_send(connection->fd, &response, false);
}

/* Answers the first request in the input. Returns 1 when there was one and more may follow, 0 when
 * more bytes are needed, -1 when the connection has to end. */
static FRAME int serve_request(struct worker *worker, struct connection *connection)
{
	struct http_request request;
	struct http_response response;
	int used;

	used = http_parse(connection->input, connection->len, &request);
	if (used < 0) {
		send_refusal(connection, -used);
		connection->refused = true;
	}
	if (used <= 0)
		return used < 0 ? -1 : 0;
	handle_request(worker, &request, &response);
	if (http_send(connection->fd, &response, request.keep_alive) || !request.keep_alive)
		return -1;
	connection_consume(connection, (size_t)used);
	return 1;
}

static FRAME void serve_connection(struct worker *worker, struct connection *connection)
{
	struct connection_table *table = &worker->service->connections;
	ssize_t got = connection_fill(connection);
	int served;

	if (got == 0 || (got < 0 && got != -EAGAIN))
		goto close;
	do {
		served = serve_request(worker, connection);
	} while (served > 0);
	if (served == 0 && connection_arm(table, connection) == 0)
		return; /* it may be another thread's by now */
close:
	connection_close(table, connection);
}

static FRAME void *worker_main(void *arg)
{
	struct worker *worker = arg;
	struct connection *connection;
	char name[THREAD_NAME_BYTES];

	snprintf(name, sizeof(name), "worker-%u", worker->number);
	pthread_setname_np(pthread_self(), name);
	while ((connection = connection_queue_take(&worker->service->ready)))
		serve_connection(worker, connection);
	return NULL;
}

static int worker_start(struct service *service, unsigned number)
{
	struct worker *worker = &service->workers[number];
	int err;

	worker->service = service;
	worker->number = number;
	worker->scratch = scratch_new();
	if (!worker->scratch)
		return -ENOMEM;
	err = -pthread_create(&worker->thread, NULL, worker_main, worker);
	if (err)
		scratch_free(worker->scratch);
	return err;
}

static void stop_first(struct service *service, unsigned count)
{
	connection_queue_close(&service->ready);
	for (unsigned i = 0; i < count; i++) {
		pthread_join(service->workers[i].thread, NULL);
		scratch_free(service->workers[i].scratch);
	}
	free(service->workers);
}

int workers_start(struct service *service)
{
	service->workers = calloc(service->options.workers, sizeof(*service->workers));
	if (!service->workers)
		return -ENOMEM;
	for (unsigned i = 0; i < service->options.workers; i++) {
		int err = worker_start(service, i);

		if (err) {
			stop_first(service, i);
			return err;
		}
	}
	return 0;
}

void workers_stop(struct service *service)
{
	stop_first(service, service->options.workers);
}
