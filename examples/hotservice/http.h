/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HTTP/1.1 messages: understanding a request that lies in memory, and writing a
 * response to a socket. What is not needed is refused, not guessed (chunked
 * bodies, folded headers, expectations). Source: RFC 9112.
 */
#ifndef HOTSERVICE_HTTP_H
#define HOTSERVICE_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#define HTTP_HEAD_MAX	 8192 /* request line and headers, with the empty line */
#define HTTP_BODY_MAX	 4096
#define HTTP_REQUEST_MAX (HTTP_HEAD_MAX + HTTP_BODY_MAX)

enum http_method { HTTP_GET, HTTP_POST };

/* Points into the buffer it was parsed from. */
struct http_request {
	enum http_method method;
	const char *path; /* printable ASCII, begins with '/' */
	size_t path_len;
	const char *body;
	size_t body_len;
	bool keep_alive;
};

/* The body belongs to whoever made the response and must live until it is sent. */
struct http_response {
	int status;
	const char *content_type;
	const char *content_encoding; /* NULL: as it is */
	const void *body;
	size_t body_len;
};

/*
 * Looks for a whole request at the start of the buffer. Returns the number of bytes it takes, 0
 * when more bytes are needed (never with HTTP_REQUEST_MAX in the buffer), or a negative HTTP status
 * when this is no request that the service understands; the connection is then beyond repair.
 */
int http_parse(const char *buf, size_t len, struct http_request *ret_request);

/* Writes the whole response. Returns 0 or -errno. */
int http_send(int fd, const struct http_response *response, bool keep_alive);

#endif
