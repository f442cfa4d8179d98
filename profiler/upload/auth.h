/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who we are to a server: user and password, tokens, tenant. They come from a
 * file, as what is on a command line or in the environment is seen by others, and
 * are in no message.
 *
 *	# a line each
 *	user: 123456
 *	password: glc_...
 *	Authorization: Bearer ...
 *	X-Scope-OrgID: team-a
 *
 * user and password are for basic authentication (RFC 7617), everything else is a
 * header that is sent as it is.
 */
#ifndef BOLOMETER_UPLOAD_AUTH_H
#define BOLOMETER_UPLOAD_AUTH_H

#include <stdbool.h>
#include <stddef.h>

#define AUTH_HEADERS_MAX 16

struct auth {
	char *bytes; /* the file, in pieces; owned, and cleared at the end */
	size_t len;
	const char *user, *password;	       /* NULL: none */
	const char *headers[AUTH_HEADERS_MAX]; /* "Name: value" */
	size_t nr_headers;
};

/*
 * Reads a file, which whoever started us must be able to read, and others must not. Returns 0, or
 * -errno with what is wrong in words that follow its name. auth_fini() is called either way.
 */
int auth_read(struct auth *auth, const char *path, char *ret_why, size_t size);
void auth_fini(struct auth *auth);

/* Whether a text has any of the secrets in it. */
bool auth_is_in(const struct auth *auth, const char *text);

/*
 * Reads a file that whoever started us may read, of at most `most` bytes; a NUL is put behind them.
 * Its mode goes to ret_mode, which may be NULL. The caller frees. NULL with errno.
 */
char *auth_read_file(const char *path, size_t most, size_t *ret_len, unsigned int *ret_mode);

#endif
