// SPDX-License-Identifier: GPL-2.0-or-later
/* The threads that want all of the CPUs, see indexer.h. */
#include "indexer.h"

#include <ctype.h>
#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "frame.h"

#define INDEX_WORDS 4096 /* words with the same remainder share a count */

struct word_index {
	uint32_t counts[INDEX_WORDS];
};

static FRAME void index_document(struct word_index *index, const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		const char *word = text;

		while (text < end && !isspace((unsigned char)*text))
			text++;
		index->counts[fnv1a(word, (size_t)(text - word)) % INDEX_WORDS]++;
		text++;
	}
}

static FRAME void index_documents(struct indexer *indexer, struct word_index *index)
{
	memset(index, 0, sizeof(*index));
	for (size_t i = 0; i < CORPUS_DOCUMENTS && !atomic_load(&indexer->stopping); i++)
		index_document(index, corpus_document(indexer->corpus, i), CORPUS_DOCUMENT_BYTES);
}

static FRAME void *indexer_main(void *arg)
{
	struct indexer *indexer = arg;
	struct word_index index;

	pthread_setname_np(pthread_self(), "indexer");
	while (!atomic_load(&indexer->stopping))
		index_documents(indexer, &index);
	return NULL;
}

static size_t usable_cpus(void)
{
	cpu_set_t cpus;

	return sched_getaffinity(0, sizeof(cpus), &cpus) ? 1 : (size_t)CPU_COUNT(&cpus);
}

int indexer_start(struct indexer *indexer, const struct corpus *corpus)
{
	size_t wanted = usable_cpus();
	int err = 0;

	memset(indexer, 0, sizeof(*indexer));
	indexer->corpus = corpus;
	indexer->threads = calloc(wanted, sizeof(*indexer->threads));
	if (!indexer->threads)
		return -ENOMEM;
	while (indexer->nr_threads < wanted && !err) {
		err = -pthread_create(&indexer->threads[indexer->nr_threads], NULL, indexer_main,
				      indexer);
		if (!err)
			indexer->nr_threads++;
	}
	if (err)
		indexer_stop(indexer);
	return err;
}

void indexer_stop(struct indexer *indexer)
{
	atomic_store(&indexer->stopping, true);
	for (size_t i = 0; i < indexer->nr_threads; i++)
		pthread_join(indexer->threads[i], NULL);
	free(indexer->threads);
	indexer->threads = NULL;
	indexer->nr_threads = 0;
}
