// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests and responses, see http.h. The parser works on (pointer, length), copies
 * nothing and never looks past the end of what it was given.
 */
#include "http.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "frame.h"

#define PATH_MAX_BYTES	  256
#define HEADERS_MAX	  64
#define BODY_DIGITS_MAX	  6 /* enough for HTTP_BODY_MAX and for telling "too large" */
#define RESPONSE_HEAD_MAX 256

struct span {
	const char *at;
	size_t len;
};

/* What the headers said that matters here. */
struct head {
	struct http_request *request;
	unsigned hosts, lengths;
};

static bool span_is(struct span span, const char *text)
{
	return span.len == strlen(text) && !memcmp(span.at, text, span.len);
}

static bool span_is_nocase(struct span span, const char *text)
{
	return span.len == strlen(text) && !strncasecmp(span.at, text, span.len);
}

/* Cuts `rest` after its first `stop` byte; without one the whole of it is the piece. */
static struct span span_split(struct span *rest, char stop)
{
	struct span piece = *rest;
	const char *end = memchr(rest->at, stop, rest->len);

	if (end)
		piece.len = (size_t)(end - rest->at);
	rest->at += piece.len + (end ? 1 : 0);
	rest->len -= piece.len + (end ? 1 : 0);
	return piece;
}

static struct span span_trim(struct span span)
{
	while (span.len && (*span.at == ' ' || *span.at == '\t')) {
		span.at++;
		span.len--;
	}
	while (span.len && (span.at[span.len - 1] == ' ' || span.at[span.len - 1] == '\t'))
		span.len--;
	return span;
}

static bool path_is_plain(struct span path)
{
	for (size_t i = 0; i < path.len; i++) {
		if (!isgraph((unsigned char)path.at[i]))
			return false;
	}
	return path.len && path.at[0] == '/';
}

static FRAME int parse_request_line(struct span line, struct http_request *request)
{
	struct span method = span_split(&line, ' ');
	struct span path = span_split(&line, ' ');

	if (span_is(line, "HTTP/1.1"))
		request->keep_alive = true;
	else if (span_is(line, "HTTP/1.0"))
		request->keep_alive = false;
	else
		return -400;
	if (span_is(method, "GET"))
		request->method = HTTP_GET;
	else if (span_is(method, "POST"))
		request->method = HTTP_POST;
	else
		return -405;
	if (path.len > PATH_MAX_BYTES)
		return -414;
	if (!path_is_plain(path))
		return -400;
	request->path = path.at;
	request->path_len = path.len;
	return 0;
}

static int parse_body_len(struct span value, size_t *ret_len)
{
	size_t len = 0;

	if (!value.len || value.len > BODY_DIGITS_MAX)
		return value.len ? -413 : -400;
	for (size_t i = 0; i < value.len; i++) {
		if (!isdigit((unsigned char)value.at[i]))
			return -400;
		len = len * 10 + (size_t)(value.at[i] - '0');
	}
	if (len > HTTP_BODY_MAX)
		return -413;
	*ret_len = len;
	return 0;
}

static void parse_connection(struct span value, struct http_request *request)
{
	while (value.len) {
		struct span option = span_trim(span_split(&value, ','));

		if (span_is_nocase(option, "close"))
			request->keep_alive = false;
		else if (span_is_nocase(option, "keep-alive"))
			request->keep_alive = true;
	}
}

static FRAME int parse_header(struct span line, struct head *head)
{
	struct span value = line;
	struct span name = span_split(&value, ':');

	/* No colon, an empty name, or white space before the colon (RFC 9112, 5.1). */
	if (name.len == line.len || !name.len || memchr(name.at, ' ', name.len) ||
	    memchr(name.at, '\t', name.len))
		return -400;
	value = span_trim(value);
	if (span_is_nocase(name, "Host"))
		head->hosts++;
	else if (span_is_nocase(name, "Content-Length"))
		return head->lengths++ ? -400 : parse_body_len(value, &head->request->body_len);
	else if (span_is_nocase(name, "Transfer-Encoding"))
		return -501;
	else if (span_is_nocase(name, "Expect"))
		return -417;
	else if (span_is_nocase(name, "Connection"))
		parse_connection(value, head->request);
	return 0;
}

/* The next line without its CRLF; false when a CR is missing. */
static bool next_line(struct span *rest, struct span *ret_line)
{
	*ret_line = span_split(rest, '\n');
	if (!ret_line->len || ret_line->at[ret_line->len - 1] != '\r')
		return false;
	ret_line->len--;
	return true;
}

static FRAME int parse_head(struct span rest, struct http_request *request)
{
	struct head head = {.request = request};
	struct span line;
	int err;

	if (memchr(rest.at, '\0', rest.len) || !next_line(&rest, &line))
		return -400;
	err = parse_request_line(line, request);
	for (unsigned headers = 0; !err; headers++) {
		if (!next_line(&rest, &line))
			return -400;
		if (!line.len)
			break;
		err = headers < HEADERS_MAX ? parse_header(line, &head) : -431;
	}
	if (err)
		return err;
	return head.hosts == 1 ? 0 : -400; /* RFC 9112, 3.2 */
}

FRAME int http_parse(const char *buf, size_t len, struct http_request *ret_request)
{
	static const char empty_line[] = "\r\n\r\n";
	size_t look = len < HTTP_HEAD_MAX ? len : HTTP_HEAD_MAX;
	const char *end = memmem(buf, look, empty_line, strlen(empty_line));
	struct http_request request = {0};
	size_t head_len;
	int err;

	if (!end)
		return len < HTTP_HEAD_MAX ? 0 : -431;
	head_len = (size_t)(end - buf) + strlen(empty_line);
	err = parse_head((struct span){buf, head_len}, &request);
	if (err)
		return err;
	if (request.body_len > len - head_len)
		return 0;
	request.body = buf + head_len;
	*ret_request = request;
	return (int)(head_len + request.body_len);
}

static const char *reason_phrase(int status)
{
	static const struct {
		int status;
		const char *phrase;
	} phrases[] = {
		{200, "OK"},
		{202, "Accepted"},
		{400, "Bad Request"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{413, "Content Too Large"},
		{414, "URI Too Long"},
		{417, "Expectation Failed"},
		{431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"},
		{501, "Not Implemented"},
		{503, "Service Unavailable"},
	};

	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
		if (phrases[i].status == status)
			return phrases[i].phrase;
	}
	return "Unknown";
}

static FRAME int send_parts(int fd, struct iovec *parts, size_t nr_parts)
{
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = nr_parts};

	while (message.msg_iovlen) {
		ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return -errno;
		while (message.msg_iovlen && (size_t)sent >= message.msg_iov->iov_len) {
			sent -= (ssize_t)message.msg_iov->iov_len;
			message.msg_iov++;
			message.msg_iovlen--;
		}
		if (message.msg_iovlen) {
			message.msg_iov->iov_base = (char *)message.msg_iov->iov_base + sent;
			message.msg_iov->iov_len -= (size_t)sent;
		}
	}
	return 0;
}

int http_send(int fd, const struct http_response *response, bool keep_alive)
{
	const char *encoding = response->content_encoding;
	char head[RESPONSE_HEAD_MAX];
	struct iovec parts[2];
	int len;

	len = snprintf(head, sizeof(head),
		       "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s%s%s%s\r\n",
		       response->status, reason_phrase(response->status), response->content_type,
		       response->body_len, encoding ? "Content-Encoding: " : "",
		       encoding ? encoding : "", encoding ? "\r\n" : "",
		       keep_alive ? "" : "Connection: close\r\n");
	if (len < 0 || (size_t)len >= sizeof(head))
		return -EMSGSIZE;
	parts[0] = (struct iovec){head, (size_t)len};
	parts[1] = (struct iovec){(void *)(uintptr_t)response->body, response->body_len};
	return send_parts(fd, parts, 2);
}
