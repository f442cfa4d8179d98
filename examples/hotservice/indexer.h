/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The indexer: threads named "indexer", one for each CPU the service may use, that count the
 * words of all documents again and again. Nobody waits for what they find; they are here to
 * take the CPUs from those somebody does wait for.
 */
#ifndef HOTSERVICE_INDEXER_H
#define HOTSERVICE_INDEXER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "corpus.h"

struct indexer {
	const struct corpus *corpus;
	pthread_t *threads;
	size_t nr_threads;
	atomic_bool stopping;
};

/* Starts the threads. The corpus outlives them. Returns 0 or -errno with none running. */
int indexer_start(struct indexer *indexer, const struct corpus *corpus);
/* Also of an indexer that is all zeroes because it was never started. */
void indexer_stop(struct indexer *indexer);

#endif
