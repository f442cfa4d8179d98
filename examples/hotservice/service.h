/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The service as a whole: its options, the parts its threads share, and the
 * functions that run those threads.
 */
#ifndef HOTSERVICE_SERVICE_H
#define HOTSERVICE_SERVICE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache.h"
#include "connection.h"
#include "corpus.h"
#include "http.h"
#include "indexer.h"
#include "journal.h"
#include "stats.h"

#define WORKERS_MAX 64

struct service_options {
	uint16_t port; /* 0: any free one */
	unsigned workers;
	uint64_t seed;		  /* of the documents */
	const char *journal_path; /* NULL: a temporary file */
	bool slow_hash;		  /* hashing costs about 30 % more */
	bool convoy;		  /* lookups hold the lock much longer */
	bool indexer;		  /* threads nobody waits for use all of the CPUs */
	bool audit;		  /* every request leaves a record that is synced by itself */
};

struct service {
	struct service_options options;
	struct corpus corpus;
	struct cache cache;
	struct journal journal;
	struct indexer indexer; /* runs only as a fault */
	struct stats stats;
	struct connection_table connections;
	struct connection_queue ready;
	int listener;
	int stop_event; /* an eventfd: readable once the acceptor shall end */
	pthread_t acceptor;
	struct worker *workers;
};

/* What one worker thread has to itself. */
struct worker {
	struct service *service;
	pthread_t thread;
	unsigned number;
	struct scratch *scratch; /* of routes.c */
};

/* Routes (routes.c): every request gets a response, which lives until the worker's next request. */
struct scratch *scratch_new(void);
void scratch_free(struct scratch *scratch);
void handle_request(struct worker *worker, const struct http_request *request,
		    struct http_response *ret_response);
/* Name of a route for the statistics, counted from 0; NULL after the last. */
const char *route_name(size_t route);

/* The pool (worker.c). Returns 0 or -errno with no worker running. */
int workers_start(struct service *service);
/* Lets every worker finish what is queued. */
void workers_stop(struct service *service);

/* The acceptor (acceptor.c): acceptor_start() listens and stores its port in options. */
int acceptor_start(struct service *service);
void acceptor_stop(struct service *service);

#endif
