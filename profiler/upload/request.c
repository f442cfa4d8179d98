// SPDX-License-Identifier: GPL-2.0-or-later
/* See request.h. */
#include "profiler/upload/request.h"

#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "profiler/model/alloc.h"
#include "profiler/workers/apart.h"

#define CONNECT_MS   10000L
#define ANSWER_BYTES ((size_t)64 << 10) /* of its head, and of its body, at most */

/* ---- the library ---- */

static int load_library(struct request_library *library)
{
	/* Debian's flavours, with OpenSSL and GnuTLS; libdebuginfod brings the second one. */
	static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};
	void *handle = NULL;
	bool complete = true;

	for (size_t i = 0; i < ARRAY_LEN(names) && !handle; i++)
		handle = dlopen(names[i], RTLD_NOW);
	if (!handle)
		return -ENOSYS;
#define FIND(field, symbol) complete &= !!(library->field = dlsym(handle, #symbol))
	FIND(global_init, curl_global_init);
	FIND(init, curl_easy_init);
	FIND(set, curl_easy_setopt);
	FIND(perform, curl_easy_perform);
	FIND(info, curl_easy_getinfo);
	FIND(strerror, curl_easy_strerror);
	FIND(mime_init, curl_mime_init);
	FIND(mime_add, curl_mime_addpart);
	FIND(mime_name, curl_mime_name);
	FIND(mime_filename, curl_mime_filename);
	FIND(mime_type, curl_mime_type);
	FIND(mime_data, curl_mime_data);
	FIND(mime_data_cb, curl_mime_data_cb);
	FIND(slist_append, curl_slist_append);
#undef FIND
	return complete ? 0 : -ENOSYS;
}

/* ---- what libcurl asks for, and what it brings ---- */

static size_t give_profile(char *to, size_t size, size_t count, void *data)
{
	struct request *request = data;
	size_t len = request->upload->profile_len - request->sent;

	if (len > size * count)
		len = size * count;
	memcpy(to, (const char *)request->upload->profile + request->sent, len);
	request->sent += len;
	return len;
}

static int seek_profile(void *data, curl_off_t to, int from)
{
	struct request *request = data;

	if (from != SEEK_SET || to < 0 || (uint64_t)to > request->upload->profile_len)
		return CURL_SEEKFUNC_CANTSEEK;
	request->sent = (size_t)to;
	return CURL_SEEKFUNC_OK;
}

/* More than the first part of a body is not of interest: to take less than there is ends it. */
static size_t take_body(char *bytes, size_t size, size_t count, void *data)
{
	struct request *request = data;
	size_t len = size * count, room = REQUEST_BODY_KEPT;

	if (request->body_len < room) {
		room -= request->body_len;
		memcpy(request->body + request->body_len, bytes, len < room ? len : room);
	}
	request->body_len += len;
	return request->body_len <= ANSWER_BYTES ? len : 0;
}

static size_t take_head(char *bytes, size_t size, size_t count, void *data)
{
	struct request *request = data;
	long status = 0;

	request->library.info(request->curl, CURLINFO_RESPONSE_CODE, &status);
	request->head_len += size * count;
	/* The empty line; one of a status below 200 announces another head. */
	request->head_ended = status >= 200 && (*bytes == '\r' || *bytes == '\n');
	return request->head_len <= ANSWER_BYTES ? size * count : 0;
}

static int stop_if_told(void *data, curl_off_t down_all, curl_off_t down, curl_off_t up_all,
			curl_off_t up)
{
	return apart_signalled();
}

/* ---- the request ---- */

/* Sets an option; the first failure stays. */
#define SET(option, value) \
	(code = code ? code : request->library.set(request->curl, CURLOPT_##option, value))

/* The parts of the body, by the names that the server has for them. */
static CURLcode set_parts(struct request *request)
{
	const struct request_library *library = &request->library;
	curl_mime *mime = library->mime_init(request->curl);
	curl_mimepart *part = mime ? library->mime_add(mime) : NULL;
	CURLcode code = CURLE_OK;

	if (!part || library->mime_name(part, "profile") ||
	    library->mime_filename(part, "profile.pprof") ||
	    library->mime_type(part, "application/octet-stream") ||
	    library->mime_data_cb(part, (curl_off_t)request->upload->profile_len, give_profile,
				  seek_profile, NULL, request))
		return CURLE_OUT_OF_MEMORY;
	part = library->mime_add(mime);
	if (!part || library->mime_name(part, "sample_type_config") ||
	    library->mime_filename(part, "sample_type_config.json") ||
	    library->mime_type(part, "application/json") ||
	    library->mime_data(part, request->upload->types, CURL_ZERO_TERMINATED))
		return CURLE_OUT_OF_MEMORY;
	SET(MIMEPOST, mime);
	return code;
}

static CURLcode set_headers(struct request *request)
{
	const struct auth *auth = request->upload->auth;
	/* A server that has to be asked first whether it wants a body would be waited for. */
	struct curl_slist *headers = request->library.slist_append(NULL, "Expect:");
	CURLcode code = headers ? CURLE_OK : CURLE_OUT_OF_MEMORY;

	for (size_t i = 0; i < auth->nr_headers && headers && !code; i++) {
		if (!request->library.slist_append(headers, auth->headers[i]))
			code = CURLE_OUT_OF_MEMORY;
	}
	SET(HTTPHEADER, headers);
	if (auth->user) {
		SET(HTTPAUTH, CURLAUTH_BASIC);
		SET(USERNAME, auth->user);
		SET(PASSWORD, auth->password);
	}
	return code;
}

/* As the curl command has it; the library itself knows of none of these. */
static const char *environment_ca(void)
{
	const char *path = getenv("CURL_CA_BUNDLE");

	return path && *path ? path : getenv("SSL_CERT_FILE");
}

/*
 * Certificates as a file that has no name, since libcurl takes them from memory only with OpenSSL. Its
 * descriptor stays open.
 */
static CURLcode set_own_trust(struct request *request)
{
	const struct upload *upload = request->upload;
	int fd = memfd_create("certificates", 0);
	CURLcode code = CURLE_OK;
	char path[32];

	if (fd < 0 || write(fd, upload->ca, upload->ca_len) != (ssize_t)upload->ca_len)
		return CURLE_OUT_OF_MEMORY;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	SET(CAINFO, path);
	SET(CAPATH, (char *)NULL); /* these, and no others */
	return code;
}

static CURLcode set_trust(struct request *request)
{
	const char *file = environment_ca(), *folder = getenv("SSL_CERT_DIR");
	CURLcode code = CURLE_OK;

	SET(SSL_VERIFYPEER, 1L);
	SET(SSL_VERIFYHOST, 2L);
	SET(SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (request->upload->ca)
		return code ? code : set_own_trust(request);
	if (file && *file)
		SET(CAINFO, file);
	if (folder && *folder)
		SET(CAPATH, folder);
	return code;
}

static CURLcode set_up(struct request *request)
{
	CURLcode code = CURLE_OK;

	SET(NOSIGNAL, 1L);
	SET(URL, request->upload->url);
#if LIBCURL_VERSION_NUM >= 0x075500
	SET(PROTOCOLS_STR, "http,https");
#endif
	SET(HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(FOLLOWLOCATION, 0L);
	SET(USERAGENT, "bolometer/" BOLOMETER_VERSION);
	SET(CONNECTTIMEOUT_MS, CONNECT_MS);
	SET(ERRORBUFFER, request->error);
	SET(WRITEFUNCTION, take_body);
	SET(WRITEDATA, request);
	SET(HEADERFUNCTION, take_head);
	SET(HEADERDATA, request);
	SET(NOPROGRESS, 0L);
	SET(XFERINFOFUNCTION, stop_if_told);
	if (!code)
		code = set_headers(request);
	if (!code)
		code = set_trust(request);
	return code ? code : set_parts(request);
}

int request_init(struct request *request, const struct upload *upload, char *ret_why, size_t size)
{
	CURLcode code;

	*request = (struct request){.upload = upload};
	if (load_library(&request->library)) {
		snprintf(ret_why, size, "there is no libcurl.so.4 (Debian: libcurl4)");
		return -ENOSYS;
	}
	if (!request->library.global_init(CURL_GLOBAL_DEFAULT))
		request->curl = request->library.init();
	if (!request->curl) {
		snprintf(ret_why, size, "libcurl does not start");
		return -ENOSYS;
	}
	code = set_up(request);
	if (!code)
		return 0;
	snprintf(ret_why, size, "%s", request->library.strerror(code));
	return -EPROTO;
}

/* ---- the answer ---- */

/* What the server said, in one line, unless it repeats secrets; "" where it said nothing. */
static const char *server_words(struct request *request)
{
	size_t used = 0;

	request->body[request->body_len < REQUEST_BODY_KEPT ? request->body_len
							    : REQUEST_BODY_KEPT] = '\0';
	if (auth_is_in(request->upload->auth, request->body))
		return "";
	for (const char *c = request->body; *c; c++) {
		if (!isspace((unsigned char)*c))
			request->body[used++] = *c;
		else if (used && request->body[used - 1] != ' ')
			request->body[used++] = ' ';
	}
	while (used && request->body[used - 1] == ' ')
		used--;
	request->body[used] = '\0';
	return request->body;
}

static bool status_may_pass(long status)
{
	return status == 408 || status == 429 || status == 502 || status == 503 || status == 504;
}

static const char *advice(long status)
{
	switch (status) {
	case 401:
	case 403:
		return "; it wants other credentials (--push-auth FILE)";
	case 404:
		return "; is it the address of a Pyroscope server?";
	case 413:
		return "; the profile is too large for it";
	default:
		return "";
	}
}

/* A login page is a success to HTTP. */
static bool is_web_page(struct request *request)
{
	const char *type = NULL;

	request->library.info(request->curl, CURLINFO_CONTENT_TYPE, &type);
	return type && !strncasecmp(type, "text/html", strlen("text/html"));
}

static void understand_status(struct request *request, long status, struct request_answer *answer)
{
	const char *words, *to = NULL;
	curl_off_t after = 0;

	if (status / 100 == 2 && !is_web_page(request)) {
		answer->err = 0;
		return;
	}
	answer->err = -EPROTO;
	if (status / 100 == 2) {
		snprintf(answer->words, sizeof(answer->words),
			 "the answer is a web page, as where one has to log in");
		return;
	}
	request->library.info(request->curl, CURLINFO_REDIRECT_URL, &to);
	if (status / 100 == 3 && to) {
		snprintf(answer->words, sizeof(answer->words),
			 "it sends on to %.200s, which is not followed; give that address", to);
		return;
	}
	answer->may_pass = status_may_pass(status);
	request->library.info(request->curl, CURLINFO_RETRY_AFTER, &after);
	answer->retry_after_s = after > 0 ? (uint64_t)after : 0;
	words = server_words(request);
	snprintf(answer->words, sizeof(answer->words), "status %ld%s%s%s", status, advice(status),
		 *words ? ": " : "", words);
}

/* What libcurl calls a failure: of the network, of TLS, or an answer that is none. */
static void understand_failure(struct request *request, CURLcode code,
			       struct request_answer *answer)
{
	const char *words = *request->error ? request->error : request->library.strerror(code);

	answer->err = code == CURLE_OPERATION_TIMEDOUT ? -ETIMEDOUT : -EPROTO;
	switch (code) {
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
		answer->may_pass = true;
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
		snprintf(answer->words, sizeof(answer->words),
			 "its certificate is not trusted: %.200s (--push-ca FILE)", words);
		return;
	case CURLE_WRITE_ERROR: /* what take_head() took no more of */
		words = "its answer has a head without an end";
		break;
	default:
		break;
	}
	snprintf(answer->words, sizeof(answer->words), "%.300s", words);
}

void request_send(struct request *request, uint64_t timeout_ms, struct request_answer *ret)
{
	CURLcode code = CURLE_OK;
	long status = 0;

	*ret = (struct request_answer){0};
	request->sent = request->head_len = request->body_len = 0;
	request->head_ended = false;
	*request->error = '\0';
	SET(TIMEOUT_MS, (long)timeout_ms);
	code = code ? code : request->library.perform(request->curl);
	request->library.info(request->curl, CURLINFO_RESPONSE_CODE, &status);
	/* The status is what counts, also of an answer whose end was not seen. */
	if (!code || request->head_ended)
		understand_status(request, status, ret);
	else
		understand_failure(request, code, ret);
}
