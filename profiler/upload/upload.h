/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sending a profile over HTTP: one POST of multipart/form-data, tried again where
 * that can help, by a process of its own (profiler/workers/apart.h) that alone loads
 * libcurl. It has no privileges of ours and can be ended at any time.
 */
#ifndef BOLOMETER_UPLOAD_UPLOAD_H
#define BOLOMETER_UPLOAD_UPLOAD_H

#include <stddef.h>
#include <stdint.h>

#include "profiler/upload/auth.h"

/* All of it is borrowed. */
struct upload {
	const char *url;     /* with its query */
	const void *profile; /* pprof, packed: the part "profile" */
	size_t profile_len;
	const char *types; /* JSON: the part "sample_type_config" */
	const struct auth *auth;
	const void *ca; /* certificates in PEM; NULL: those of the environment, or the system's */
	size_t ca_len;
	uint64_t timeout_ns; /* for all attempts and what is waited between them */
};

#define UPLOAD_WORDS 400 /* bytes, at most, of what is said of one */

/*
 * Sends it. `tell` is called with a line when an attempt has failed and there will be another; it may
 * be NULL. A signal that we hold back ends it. Returns 0 when the server has taken it, or -errno with
 * the cause, which may have words of the server's in it: -EINTR for a signal, -ETIMEDOUT, -ENOSYS where
 * there is no libcurl, -EPROTO for whatever else the server or the network did.
 */
int upload_run(const struct upload *upload, void (*tell)(void *data, const char *line), void *data,
	       char ret_why[UPLOAD_WORDS]);

#endif
