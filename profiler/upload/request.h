/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One request through libcurl, which is loaded here, and what the answer means.
 * Certificates and names are verified; redirects are not followed, as the profile
 * and the credentials are for the server that was named; of an answer little is
 * read. For the process of sender.h, which ends with it: nothing is taken down.
 */
#ifndef BOLOMETER_UPLOAD_REQUEST_H
#define BOLOMETER_UPLOAD_REQUEST_H

#include <curl/curl.h>
#include <stdbool.h>

#include "profiler/upload/upload.h"

#define REQUEST_BODY_KEPT 200

struct request_library {
	__typeof__(&curl_global_init) global_init;
	__typeof__(&curl_easy_init) init;
	__typeof__(&curl_easy_setopt) set;
	__typeof__(&curl_easy_perform) perform;
	__typeof__(&curl_easy_getinfo) info;
	__typeof__(&curl_easy_strerror) strerror;
	__typeof__(&curl_mime_init) mime_init;
	__typeof__(&curl_mime_addpart) mime_add;
	__typeof__(&curl_mime_name) mime_name;
	__typeof__(&curl_mime_filename) mime_filename;
	__typeof__(&curl_mime_type) mime_type;
	__typeof__(&curl_mime_data) mime_data;
	__typeof__(&curl_mime_data_cb) mime_data_cb;
	__typeof__(&curl_slist_append) slist_append;
};

struct request {
	struct request_library library;
	const struct upload *upload;
	CURL *curl;
	size_t sent; /* of the profile */
	char error[CURL_ERROR_SIZE];
	/* of the answer */
	size_t head_len, body_len;
	bool head_ended;
	char body[REQUEST_BODY_KEPT + 1];
};

struct request_answer {
	int err;		/* 0: taken; else as upload_run() returns it */
	bool may_pass;		/* another attempt may go better */
	uint64_t retry_after_s; /* 0: it did not say */
	char words[UPLOAD_WORDS];
};

/* Loads the library and makes the request. Returns 0, or -errno with the cause in words. */
int request_init(struct request *request, const struct upload *upload, char *ret_why, size_t size);

/* Sends it. */
void request_send(struct request *request, uint64_t timeout_ms, struct request_answer *ret);

#endif
