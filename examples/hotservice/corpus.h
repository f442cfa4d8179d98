/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The documents the service hashes and compresses: text like that of an access
 * log, made once from a seed. Equal seeds give equal bytes, so that every request
 * is the same work in every run.
 */
#ifndef HOTSERVICE_CORPUS_H
#define HOTSERVICE_CORPUS_H

#include <stddef.h>
#include <stdint.h>

#define CORPUS_DOCUMENTS      64
#define CORPUS_DOCUMENT_BYTES (32 * 1024)

struct corpus {
	char *text; /* CORPUS_DOCUMENTS documents, one after the other, no NULs */
};

/* Returns 0 or -ENOMEM; corpus_fini() takes what a failed corpus_init() left. */
int corpus_init(struct corpus *corpus, uint64_t seed);
void corpus_fini(struct corpus *corpus);

/* CORPUS_DOCUMENT_BYTES of text; any number names a document. Lives as long as the corpus. */
const char *corpus_document(const struct corpus *corpus, uint64_t number);

/* Fills buf with len bytes that depend on number alone. */
void corpus_scramble(void *buf, size_t len, uint64_t number);

#endif
