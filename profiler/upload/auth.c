// SPDX-License-Identifier: GPL-2.0-or-later
/* See auth.h. */
#include "profiler/upload/auth.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profiler/model/alloc.h"

#define AUTH_BYTES_MAX ((size_t)64 << 10)

/* Shorter ones are in any text by chance. */
#define SECRET_LEN_MIN 4

/* ---- the file ---- */

/* Capabilities that we have, and the caller has not, are not for reading the caller's files. */
static bool may_read(int fd)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return !access(path, R_OK);
}

static char *read_all(int fd, size_t most, size_t *ret_len)
{
	char *bytes = malloc(most + 2);
	size_t len = 0;
	ssize_t got = 1;

	while (bytes && len <= most && got) {
		got = read(fd, bytes + len, most + 1 - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			free(bytes);
			return NULL;
		}
		len += (size_t)got;
	}
	if (bytes && len > most) {
		free(bytes);
		errno = EFBIG;
		return NULL;
	}
	if (bytes)
		bytes[len] = '\0';
	*ret_len = len;
	return bytes;
}

char *auth_read_file(const char *path, size_t most, size_t *ret_len, unsigned int *ret_mode)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), err;
	char *bytes = NULL;
	struct stat st;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) || (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	} else if (!may_read(fd)) {
		errno = EACCES;
	} else {
		/* A pipe, as of <(...), has its writer, who may be slow. */
		fcntl(fd, F_SETFL, 0);
		bytes = read_all(fd, most, ret_len);
	}
	err = errno;
	close(fd);
	if (ret_mode)
		*ret_mode = st.st_mode;
	errno = err;
	return bytes;
}

/* ---- its lines ---- */

static bool is_token(const char *name)
{
	return *name && !name[strspn(name, "!#$%&'*+-.^_`|~0123456789"
					   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")];
}

/* Headers that say how the request itself is written, which is not the file's. */
static bool is_ours(const char *name)
{
	static const char *const ours[] = {"Host",	 "Content-Type",      "Content-Length",
					   "Connection", "Transfer-Encoding", "Expect",
					   "TE",	 "Upgrade",	      "Trailer"};

	for (size_t i = 0; i < ARRAY_LEN(ours); i++) {
		if (!strcasecmp(name, ours[i]))
			return true;
	}
	return false;
}

/* One "name: value", in place. Returns what is wrong, or NULL. Values are not told. */
static const char *take_line(struct auth *auth, char *line)
{
	char *colon = strchr(line, ':'), *value;

	if (!colon)
		return "has no colon";
	*colon = '\0';
	value = colon + 1 + strspn(colon + 1, " \t");
	for (const char *c = value; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 127)
			return "has control characters";
	}
	if (!*value)
		return "has nothing after the colon";
	if (!strcmp(line, "user") || !strcmp(line, "password")) {
		const char **field = *line == 'u' ? &auth->user : &auth->password;

		if (*field)
			return "is there twice";
		if (*line == 'u' && strchr(value, ':'))
			return "is a user with a colon, which basic authentication does not have";
		*field = value;
		return NULL;
	}
	if (!is_token(line))
		return "has no name of a header before the colon";
	if (is_ours(line))
		return "is a header that bolometer itself writes";
	if (auth->nr_headers == AUTH_HEADERS_MAX)
		return "is a header too many";
	*colon = ':';
	auth->headers[auth->nr_headers++] = line;
	return NULL;
}

static int take_lines(struct auth *auth, char *ret_why, size_t size)
{
	unsigned int number = 0;

	if (strlen(auth->bytes) != auth->len) {
		snprintf(ret_why, size, "is no text");
		return -EINVAL;
	}
	for (char *rest = auth->bytes, *line; (line = strsep(&rest, "\n"));) {
		size_t len = strlen(line);
		const char *wrong;

		number++;
		while (len && strchr(" \t\r", line[len - 1]))
			line[--len] = '\0';
		line += strspn(line, " \t");
		wrong = *line && *line != '#' ? take_line(auth, line) : NULL;
		if (wrong) {
			snprintf(ret_why, size, "line %u %s", number, wrong);
			return -EINVAL;
		}
	}
	if (!auth->user != !auth->password) {
		snprintf(ret_why, size, "has %s",
			 auth->user ? "a user without a password" : "a password without a user");
		return -EINVAL;
	}
	if (auth->user || auth->nr_headers)
		return 0;
	snprintf(ret_why, size, "is empty");
	return -EINVAL;
}

int auth_read(struct auth *auth, const char *path, char *ret_why, size_t size)
{
	unsigned int mode;

	*auth = (struct auth){0};
	auth->bytes = auth_read_file(path, AUTH_BYTES_MAX, &auth->len, &mode);
	if (!auth->bytes) {
		int err = -errno;

		snprintf(ret_why, size, "%s",
			 err == -EINVAL ? "is no regular file" : strerror(-err));
		return err;
	}
	/* A group may share it, as services do; a pipe is nobody else's. */
	if (S_ISREG(mode) && mode & (S_IRWXO | S_IWGRP)) {
		snprintf(ret_why, size,
			 "can be %s by others (mode %03o); chmod 600 makes it yours alone",
			 mode & (S_IWGRP | S_IWOTH) ? "changed" : "read", mode & 0777);
		return -EACCES;
	}
	return take_lines(auth, ret_why, size);
}

void auth_fini(struct auth *auth)
{
	if (auth->bytes)
		explicit_bzero(auth->bytes, auth->len);
	free(auth->bytes);
	*auth = (struct auth){0};
}

/* The last word of a header: "Bearer TOKEN". */
static const char *secret_of(const char *header)
{
	const char *space = strrchr(header, ' '), *colon = strchr(header, ':');

	return space ? space + 1 : colon + 1;
}

bool auth_is_in(const struct auth *auth, const char *text)
{
	if (auth->password && strlen(auth->password) >= SECRET_LEN_MIN &&
	    strstr(text, auth->password))
		return true;
	for (size_t i = 0; i < auth->nr_headers; i++) {
		const char *secret = secret_of(auth->headers[i]);

		if (strlen(secret) >= SECRET_LEN_MIN && strstr(text, secret))
			return true;
	}
	/* Basic authentication, in a server's copy of the request. */
	return auth->user && strstr(text, "Basic ");
}
