// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fetching debug files, in a process of its own; see debug_fetcher.h.
 *
 * What servers send goes into the cache of a user: that of whoever called sudo,
 * or of whoever the home folder belongs to, and never as root into somebody
 * else's, where it could not be replaced or removed any more. The process
 * becomes that user before anything is loaded, and has none of our files.
 */
#include "symbolizer/debug_fetcher.h"

#include <dlfcn.h>
#include <elfutils/debuginfod.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "profiler/workers/apart.h"

/* Where the environment does not say; libdebuginfod itself would wait for 90 s, and take anything. */
#define DEFAULT_TIMEOUT_S 30
#define DEFAULT_MAXTIME	  "600"
#define DEFAULT_MAXSIZE	  (2ULL << 30)

/* libdebuginfod's own rule: so much is to come in the time of $DEBUGINFOD_TIMEOUT. */
#define LEAST_BYTES (100 * 1024)

/* Between reports of progress. */
#define REPORT_NS 200000000ULL
#define NS_PER_S  1000000000ULL

struct library {
	debuginfod_client *client;
	__typeof__(&debuginfod_begin) begin;
	__typeof__(&debuginfod_find_debuginfo) find;
	__typeof__(&debuginfod_set_progressfn) set_progress;
	__typeof__(&debuginfod_get_url) url;
};

/* One for the process: libdebuginfod's callback has no other way to it. */
static struct fetcher {
	struct library library;
	int fd;
	char *path; /* of the file found last, in the cache */
	uint64_t max_bytes, timeout_ns;
	/* of the file at hand */
	uint64_t calls;
	uint64_t mark_ns, mark_bytes; /* when so much had come */
	uint64_t reported_ns;
	int stopped; /* -errno: why it was given up */
} fetcher;

static uint64_t number_of(const char *variable, uint64_t otherwise)
{
	const char *text = getenv(variable);
	uint64_t number = text ? strtoull(text, NULL, 10) : 0;

	return number ? number : otherwise;
}

unsigned int fetch_timeout_s(void)
{
	uint64_t seconds = number_of(DEBUGINFOD_TIMEOUT_ENV_VAR, DEFAULT_TIMEOUT_S);

	return seconds < 3600 ? (unsigned int)seconds : 3600;
}

/* What is fetched is bounded, also where the environment does not say so. */
static void set_limits(void)
{
	struct rlimit size = {fetcher.max_bytes, fetcher.max_bytes};
	char text[32];

	setrlimit(RLIMIT_FSIZE, &size);
	snprintf(text, sizeof(text), "%u", fetch_timeout_s());
	setenv(DEBUGINFOD_TIMEOUT_ENV_VAR, text, 1);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)fetcher.max_bytes);
	setenv(DEBUGINFOD_MAXSIZE_ENV_VAR, text, 1);
	setenv(DEBUGINFOD_MAXTIME_ENV_VAR, DEFAULT_MAXTIME, 0);
}

/* ---- fetching -------------------------------------------------------------------------------- */

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* Sends a report, with a descriptor unless that is -1. */
static void report(const struct fetch_report *what, int fd)
{
	struct iovec part = {(void *)what, sizeof(*what)};
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr aligned;
	} control = {{0}};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	if (fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		control.aligned = (struct cmsghdr){CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
		memcpy(CMSG_DATA(&control.aligned), &fd, sizeof(fd));
	}
	while (sendmsg(fetcher.fd, &message, MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

/* The server of "https://HOST/buildid/...", of which the rest would only be noise. */
static void name_server(struct fetch_report *what)
{
	const char *url = fetcher.library.url(fetcher.library.client);
	const char *end = url ? strstr(url, "/buildid/") : NULL;

	snprintf(what->server, sizeof(what->server), "%.*s", end ? (int)(end - url) : 0,
		 url ? url : "");
}

/*
 * libdebuginfod calls it some times a second. Until a server has answered `have` counts the calls,
 * and a size that is not known is 0.
 */
static int on_progress(debuginfod_client *client, long have, long size)
{
	uint64_t now = now_ns(), bytes;
	struct fetch_report what = {.size = size > 0 ? (uint64_t)size : 0};

	(void)client;
	fetcher.calls++;
	bytes = have > 0 && (what.size || (uint64_t)have > fetcher.calls) ? (uint64_t)have : 0;
	if (bytes >= fetcher.mark_bytes + LEAST_BYTES) {
		fetcher.mark_bytes = bytes;
		fetcher.mark_ns = now;
	}
	if (apart_signalled())
		fetcher.stopped = -EINTR;
	else if (bytes > fetcher.max_bytes || what.size > fetcher.max_bytes)
		fetcher.stopped = -EFBIG;
	else if (now - fetcher.mark_ns > fetcher.timeout_ns)
		fetcher.stopped = -ETIME;
	if (now - fetcher.reported_ns >= REPORT_NS) {
		fetcher.reported_ns = now;
		what.have = bytes;
		name_server(&what);
		report(&what, -1);
	}
	return fetcher.stopped != 0;
}

static int load_library(struct library *library)
{
	void *handle;

	if (library->client)
		return 0;
	handle = dlopen(DEBUGINFOD_SONAME, RTLD_NOW);
	if (!handle)
		return -ENOSYS;
	library->begin = dlsym(handle, "debuginfod_begin");
	library->find = dlsym(handle, "debuginfod_find_debuginfo");
	library->set_progress = dlsym(handle, "debuginfod_set_progressfn");
	library->url = dlsym(handle, "debuginfod_get_url");
	if (!library->begin || !library->find || !library->set_progress || !library->url)
		return -ENOSYS;
	library->client = library->begin();
	if (!library->client)
		return -ENOMEM;
	library->set_progress(library->client, on_progress);
	return 0;
}

/*
 * An empty file in the cache says that no server has it. libdebuginfod writes one also when asking
 * was given up, which says nothing of the kind.
 */
static void forget_miss(const struct fetch_request *request)
{
	const char *cache = getenv(DEBUGINFOD_CACHE_PATH_ENV_VAR);
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	char path[4096], hex[2 * ELF_BUILD_ID_MAX + 1] = "";
	struct stat st;

	for (uint32_t i = 0; i < request->id_len; i++)
		snprintf(hex + 2 * (size_t)i, 3, "%02x", request->id[i]);
	if (cache)
		snprintf(path, sizeof(path), "%s/%s/debuginfo", cache, hex);
	else
		snprintf(path, sizeof(path), "%s%s/debuginfod_client/%s/debuginfo",
			 xdg	? xdg
			 : home ? home
				: "",
			 xdg ? "" : "/.cache", hex);
	if (!stat(path, &st) && S_ISREG(st.st_mode) && !st.st_size)
		unlink(path);
}

static void fetch(const struct fetch_request *request)
{
	struct fetch_report what = {.done = true};
	int fd;

	free(fetcher.path);
	fetcher.path = NULL;
	fetcher.calls = fetcher.mark_bytes = 0;
	fetcher.mark_ns = fetcher.reported_ns = now_ns();
	fetcher.stopped = apart_signalled() ? -EINTR : 0;
	what.err = fetcher.stopped ? fetcher.stopped : load_library(&fetcher.library);
	if (what.err) {
		report(&what, -1);
		return;
	}
	fd = fetcher.library.find(fetcher.library.client, request->id, (int)request->id_len,
				  &fetcher.path);
	what.err = fd >= 0 ? 0 : fetcher.stopped ? fetcher.stopped : fd;
	if (fetcher.stopped)
		forget_miss(request);
	if (fetcher.calls) /* otherwise it was in the cache */
		name_server(&what);
	report(&what, fd);
	if (fd >= 0)
		close(fd);
}

void debug_fetcher_run(int fd, void *data)
{
	struct fetch_request request;
	ssize_t got;

	fetcher.max_bytes = number_of(DEBUGINFOD_MAXSIZE_ENV_VAR, DEFAULT_MAXSIZE);
	fetcher.timeout_ns = fetch_timeout_s() * NS_PER_S;
	fetcher.fd = apart_settle(fd, true);
	if (fetcher.fd < 0)
		return;
	set_limits();
	for (;;) {
		got = recv(fetcher.fd, &request, sizeof(request), 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got != sizeof(request) || request.id_len > sizeof(request.id))
			return;
		if (!request.refused)
			fetch(&request);
		else if (fetcher.path)
			unlink(fetcher.path);
	}
}
