// SPDX-License-Identifier: GPL-2.0-or-later
/* Makes the documents. Where randomness is needed it is splitmix64 on the seed: same everywhere. */
#include "corpus.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 160

static const char *const paths[] = {
	"/index.html", "/api/v1/orders", "/api/v1/orders/items", "/static/app.js",
	"/login",      "/search",	 "/api/v1/users",	 "/favicon.ico",
};
static const char *const agents[] = {"Mozilla/5.0", "curl/7.88.1", "Go-http-client/1.1"};
static const int statuses[] = {200, 200, 200, 200, 304, 404, 500};

static uint64_t next_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

#define PICK(array, random) ((array)[(random) % (sizeof(array) / sizeof((array)[0]))])

static int format_line(char *line, uint64_t *state)
{
	uint64_t client = next_random(state), what = next_random(state);

	return snprintf(line, LINE_MAX_BYTES,
			"10.%u.%u.%u - - \"GET %s?id=%" PRIu64 " HTTP/1.1\" %d %u \"%s\"\n",
			(unsigned)(client & 3), (unsigned)(client >> 8 & 255),
			(unsigned)(client >> 16 & 255), PICK(paths, what), what >> 44,
			PICK(statuses, what >> 8), (unsigned)(what >> 16 & 0xffff),
			PICK(agents, client >> 24));
}

static void write_document(char *text, uint64_t seed)
{
	uint64_t state = seed;
	size_t used = 0;

	while (used < CORPUS_DOCUMENT_BYTES) {
		char line[LINE_MAX_BYTES];
		size_t len = (size_t)format_line(line, &state);

		if (len > CORPUS_DOCUMENT_BYTES - used)
			len = CORPUS_DOCUMENT_BYTES - used;
		memcpy(text + used, line, len);
		used += len;
	}
}

int corpus_init(struct corpus *corpus, uint64_t seed)
{
	corpus->text = malloc((size_t)CORPUS_DOCUMENTS * CORPUS_DOCUMENT_BYTES);
	if (!corpus->text)
		return -ENOMEM;
	for (size_t i = 0; i < CORPUS_DOCUMENTS; i++)
		write_document(corpus->text + i * CORPUS_DOCUMENT_BYTES, next_random(&seed));
	return 0;
}

void corpus_fini(struct corpus *corpus)
{
	free(corpus->text);
	corpus->text = NULL;
}

const char *corpus_document(const struct corpus *corpus, uint64_t number)
{
	return corpus->text + number % CORPUS_DOCUMENTS * CORPUS_DOCUMENT_BYTES;
}

void corpus_scramble(void *buf, size_t len, uint64_t number)
{
	unsigned char *bytes = buf;

	while (len) {
		uint64_t random = next_random(&number);
		size_t part = len < sizeof(random) ? len : sizeof(random);

		memcpy(bytes, &random, part);
		bytes += part;
		len -= part;
	}
}
