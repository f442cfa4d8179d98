// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The routes: one function each, and the table that finds it. A route does the same
 * work for the same request every time; the number in the path picks the data.
 * It writes its body into the worker's scratch space, where `response` already points.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "digest.h"
#include "frame.h"
#include "service.h"

#define BODY_BYTES	  (80 * 1024)
#define COMPRESSED_BYTES  (16 * 1024) /* of a document */
#define COMPRESSION_LEVEL 6
#define LOOKUPS		  8 /* keys in one /lookup request */
#define NUMBER_DIGITS_MAX 9
#define SLOW_HASH_BYTES	  (CORPUS_DOCUMENT_BYTES * 3 / 8) /* digested twice by --slow-hash */

struct scratch {
	z_stream deflater; /* set up once, reset for each body */
	char body[BODY_BYTES];
};

struct scratch *scratch_new(void)
{
	struct scratch *scratch = calloc(1, sizeof(*scratch));

	if (scratch && deflateInit(&scratch->deflater, COMPRESSION_LEVEL) != Z_OK) {
		free(scratch);
		return NULL;
	}
	return scratch;
}

void scratch_free(struct scratch *scratch)
{
	if (!scratch)
		return;
	deflateEnd(&scratch->deflater);
	free(scratch);
}

/* GET /hash/N: both digests of document N. */
static FRAME int write_sha256(char *line, const char *text, size_t len)
{
	unsigned char digest[SHA256_BYTES];
	struct sha256 sha;
	int used;

	sha256_init(&sha);
	sha256_update(&sha, text, len);
	sha256_final(&sha, digest);
	used = sprintf(line, "sha256 ");
	for (size_t i = 0; i < sizeof(digest); i++)
		used += sprintf(line + used, "%02x", digest[i]);
	return used + sprintf(line + used, " of %zu bytes\n", len);
}

static FRAME void route_hash(struct worker *worker, const struct http_request *request,
			     uint64_t number, struct http_response *response)
{
	const char *text = corpus_document(&worker->service->corpus, number);
	char *body = worker->scratch->body;
	int len;

	len = sprintf(body, "fnv1a %016" PRIx64 "\n", fnv1a(text, CORPUS_DOCUMENT_BYTES));
	len += write_sha256(body + len, text, CORPUS_DOCUMENT_BYTES);
	if (worker->service->options.slow_hash)
		len += write_sha256(body + len, text, SLOW_HASH_BYTES);
	response->body_len = (size_t)len;
}

/* GET /compress/N: the first part of document N in the zlib format, which HTTP calls "deflate". */
static FRAME int deflate_body(struct scratch *scratch, const char *text, size_t len)
{
	z_stream *deflater = &scratch->deflater;

	if (deflateReset(deflater) != Z_OK)
		return -EIO;
	deflater->next_in = (Bytef *)(uintptr_t)text;
	deflater->avail_in = (unsigned)len;
	deflater->next_out = (Bytef *)scratch->body;
	deflater->avail_out = BODY_BYTES;
	return deflate(deflater, Z_FINISH) == Z_STREAM_END ? 0 : -EIO;
}

static FRAME void route_compress(struct worker *worker, const struct http_request *request,
				 uint64_t number, struct http_response *response)
{
	const char *text = corpus_document(&worker->service->corpus, number);

	if (deflate_body(worker->scratch, text, COMPRESSED_BYTES)) {
		response->status = 500;
		return;
	}
	response->content_encoding = "deflate";
	response->body_len = worker->scratch->deflater.total_out;
}

/* GET /lookup/N: the records of some keys. */
static FRAME void route_lookup(struct worker *worker, const struct http_request *request,
			       uint64_t number, struct http_response *response)
{
	cache_read(&worker->service->cache, number * LOOKUPS, LOOKUPS, worker->scratch->body);
	response->body_len = LOOKUPS * CACHE_RECORD_BYTES;
}

/* POST /journal: keeps the request's body as a record; the answer comes when it is on disk. */
static FRAME void route_journal(struct worker *worker, const struct http_request *request,
				uint64_t number, struct http_response *response)
{
	char *body = worker->scratch->body;
	uint64_t record = 0;
	int err, len;

	err = journal_append(&worker->service->journal, request->body, request->body_len, &record);
	response->status = err ? 503 : 202;
	len = err ? snprintf(body, BODY_BYTES, "journal: %s\n", strerror(-err))
		  : snprintf(body, BODY_BYTES, "record %" PRIu64 "\n", record);
	response->body_len = (size_t)len;
}

/* GET /stats: the latest report of the stats thread. */
static FRAME void route_stats(struct worker *worker, const struct http_request *request,
			      uint64_t number, struct http_response *response)
{
	struct service *service = worker->service;
	char *body = worker->scratch->body;
	size_t len = stats_report(&service->stats, body);
	uint64_t hits, misses;

	cache_counts(&service->cache, &hits, &misses);
	len += (size_t)snprintf(body + len, BODY_BYTES - len,
				"cache %" PRIu64 " hits, %" PRIu64 " misses\n", hits, misses);
	response->body_len = len;
}

static const struct route {
	enum http_method method;
	const char *path;
	bool numbered; /* "/" and a decimal number follow */
	void (*answer)(struct worker *worker, const struct http_request *request, uint64_t number,
		       struct http_response *response);
} routes[] = {
	{HTTP_GET, "/hash", true, route_hash},	   {HTTP_GET, "/compress", true, route_compress},
	{HTTP_GET, "/lookup", true, route_lookup}, {HTTP_POST, "/journal", false, route_journal},
	{HTTP_GET, "/stats", false, route_stats},
};

#define ROUTES (sizeof(routes) / sizeof(routes[0]))
_Static_assert(ROUTES <= STATS_ROUTES_MAX, "every route is counted");
_Static_assert(LOOKUPS *CACHE_RECORD_BYTES <= BODY_BYTES, "every record has its place");
_Static_assert(STATS_REPORT_BYTES <= BODY_BYTES / 2, "the report and one line more fit");

const char *route_name(size_t route)
{
	return route < ROUTES ? routes[route].path : NULL;
}

/* "/17" after a route's path; nothing else is a number. */
static bool parse_path_number(const char *text, size_t len, uint64_t *ret_number)
{
	uint64_t number = 0;

	if (len < 2 || len > NUMBER_DIGITS_MAX + 1 || text[0] != '/')
		return false;
	for (size_t i = 1; i < len; i++) {
		if (!isdigit((unsigned char)text[i]))
			return false;
		number = number * 10 + (uint64_t)(text[i] - '0');
	}
	*ret_number = number;
	return true;
}

/* The route of a path, and the number in the path; NULL when there is none. */
static const struct route *find_route(const struct http_request *request, uint64_t *ret_number)
{
	for (size_t i = 0; i < ROUTES; i++) {
		const struct route *route = &routes[i];
		size_t len = strlen(route->path);

		if (request->path_len < len || memcmp(request->path, route->path, len))
			continue;
		if (route->numbered ? parse_path_number(request->path + len,
							request->path_len - len, ret_number)
				    : request->path_len == len)
			return route;
	}
	return NULL;
}

/* With --audit, which request there was is on disk before its answer goes out. */
static FRAME void audit_request(struct worker *worker, const struct http_request *request)
{
	uint64_t record;

	/* A journal that cannot be written says so to those who post records. */
	(void)journal_append(&worker->service->journal, request->path, request->path_len, &record);
}

FRAME void handle_request(struct worker *worker, const struct http_request *request,
			  struct http_response *ret_response)
{
	uint64_t started_ns = monotonic_ns(), number = 0;
	const struct route *route = find_route(request, &number);

	*ret_response = (struct http_response){
		.status = 200, .content_type = "text/plain", .body = worker->scratch->body};
	if (!route) {
		ret_response->status = 404;
	} else if (route->method != request->method) {
		ret_response->status = 405;
	} else {
		if (worker->service->options.audit)
			audit_request(worker, request);
		route->answer(worker, request, number, ret_response);
		stats_count(&worker->service->stats, (size_t)(route - routes),
			    monotonic_ns() - started_ns);
	}
}
