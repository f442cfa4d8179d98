// SPDX-License-Identifier: GPL-2.0-or-later
/* Asking the fetcher, and what the reader is told of it; see debug_server.h. */
#include "symbolizer/debug_server.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "profiler/model/alloc.h"
#include "profiler/workers/interrupts.h"
#include "symbolizer/debug_fetcher.h"
#include "symbolizer/door.h"

/* The fetcher reports more often than that, or gives up by itself; this is for when it hangs. */
#define GRACE_S 10

#define POLL_MS 100

/* Of what there is no file, or not the right one. */
struct debug_server_answer {
	uint8_t id[ELF_BUILD_ID_MAX];
	size_t id_len;
};

void debug_server_init(struct debug_server *server, void (*progress)(void *data, const char *line),
		       void *progress_data)
{
	*server = (struct debug_server){
		.progress = progress,
		.progress_data = progress_data,
		.fetcher.fd = -1,
	};
}

void debug_server_fini(struct debug_server *server)
{
	apart_stop(&server->fetcher, false);
	free(server->answers);
}

/* Receives a report, and with it perhaps a descriptor. Returns 0 or -errno; -EPIPE: the end. */
static int receive(int fd, struct fetch_report *ret, int *ret_fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr aligned;
	} control;
	struct iovec part = {ret, sizeof(*ret)};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *header = got >= 0 ? CMSG_FIRSTHDR(&message) : NULL;

	*ret_fd = -1;
	if (got < 0)
		return -errno;
	if (header && header->cmsg_type == SCM_RIGHTS)
		memcpy(ret_fd, CMSG_DATA(header), sizeof(*ret_fd));
	return got == sizeof(*ret) ? 0 : -EPIPE;
}

static void show(const struct debug_server *server, const struct fetch_report *report,
		 const char *name)
{
	const char *slash = strrchr(name, '/');
	char line[256], of[32] = "";

	if (!server->progress)
		return;
	if (report->size)
		snprintf(of, sizeof(of), " of %.1f", report->size / 1e6);
	/* What matters most stands first: a terminal may have little room. */
	snprintf(line, sizeof(line), "fetching debug information of %.60s: %.1f%s MB%s%.100s",
		 slash ? slash + 1 : name, report->have / 1e6, of,
		 report->server[0] ? " from " : "", report->server);
	server->progress(server->progress_data, line);
}

/* Waits for the end of what was asked for. Returns a descriptor or -errno as in fetch_report. */
static int await(struct debug_server *server, const char *name, struct fetch_report *report)
{
	int left_ms = (int)(fetch_timeout_s() + GRACE_S) * 1000, silent_ms = 0, fd = -1, err = 0;
	struct pollfd poll_fd = {.fd = server->fetcher.fd, .events = POLLIN};

	report->done = false;
	while (!err && !report->done && silent_ms < left_ms) {
		int ready = poll(&poll_fd, 1, POLL_MS);

		if (apart_interrupted())
			kill(server->fetcher.pid, SIGINT);
		if (ready <= 0) {
			silent_ms += POLL_MS;
			continue;
		}
		silent_ms = 0;
		err = receive(server->fetcher.fd, report, &fd);
		if (!err && !report->done)
			show(server, report, name);
	}
	if (!err && !report->done)
		err = -ETIME;
	if (err)
		apart_stop(&server->fetcher, true);
	return err ? err : report->err ? report->err : fd;
}

static int ask(struct debug_server *server, const uint8_t *id, size_t id_len, const char *name,
	       struct fetch_report *report)
{
	struct fetch_request request = {.id_len = (uint32_t)id_len};
	int found = server->fetcher.pid
			    ? 0
			    : apart_start(&server->fetcher, debug_fetcher_run, NULL);

	memcpy(request.id, id, id_len);
	if (found)
		return found;
	if (send(server->fetcher.fd, &request, sizeof(request), MSG_NOSIGNAL) != sizeof(request)) {
		apart_stop(&server->fetcher, true);
		return -EPIPE;
	}
	interrupts_spare(true);
	found = await(server, name, report);
	interrupts_spare(false);
	if (server->progress)
		server->progress(server->progress_data, NULL);
	return found;
}

static bool is_known(const struct debug_server *server, const uint8_t *id, size_t id_len)
{
	for (size_t i = 0; i < server->nr_answers; i++)
		if (server->answers[i].id_len == id_len &&
		    !memcmp(server->answers[i].id, id, id_len))
			return true;
	return false;
}

static int remember(struct debug_server *server, const uint8_t *id, size_t id_len)
{
	int err = ARRAY_RESERVE(server->answers, server->cap_answers, server->nr_answers + 1);

	if (err)
		return err;
	server->answers[server->nr_answers].id_len = id_len;
	memcpy(server->answers[server->nr_answers++].id, id, id_len);
	return 0;
}

/* Says why there is no file, unless it is that no server has it. */
static int explain(struct source *source, const char *name, int err)
{
	switch (err) {
	case -ENOENT:
		return 0;
	case -EFBIG:
		return source_tell(source,
				   "debug information of %s is not fetched: it is too large "
				   "($DEBUGINFOD_MAXSIZE)",
				   name);
	case -ETIME:
		return source_tell(source,
				   "debug information of %s is not fetched, nor any other: the "
				   "servers let %u s pass ($DEBUGINFOD_TIMEOUT)",
				   name, fetch_timeout_s());
	case -EINTR:
		return source_tell(source,
				   "debug information of %s is not fetched, nor any other: "
				   "interrupted",
				   name);
	case -ENOSYS:
		return source_tell(source,
				   "DEBUGINFOD_URLS is set, but nothing is fetched: there is no "
				   "libdebuginfod.so.1 (Debian: libdebuginfod1)");
	default:
		return source_tell(source,
				   "debug information of %s is not fetched, nor any other: %s",
				   name, strerror(-err));
	}
}

int debug_server_find(struct source *source, const uint8_t *id, size_t id_len, const char *name,
		      char *ret_from, size_t size)
{
	struct debug_server *server = source->server;
	const char *urls = getenv("DEBUGINFOD_URLS");
	struct fetch_report report = {0};
	int found, err;

	if (source->door)
		return server ? door_fetch(source->door, id, id_len, ret_from, size) : -ENOENT;
	if (!server || !urls || !urls[strspn(urls, " ")] || server->given_up ||
	    id_len > ELF_BUILD_ID_MAX || is_known(server, id, id_len))
		return -ENOENT;
	found = apart_interrupted() ? -EINTR : ask(server, id, id_len, name, &report);
	if (found >= 0) {
		snprintf(ret_from, size, "from %s", report.server[0] ? report.server : "the cache");
		return found;
	}
	server->given_up = found != -ENOENT && found != -EFBIG;
	err = remember(server, id, id_len);
	if (!err)
		err = explain(source, name, found);
	return err ? err : -ENOENT;
}

void debug_server_refuse(struct source *source, const uint8_t *id, size_t id_len)
{
	struct debug_server *server = source->server;
	struct fetch_request request = {.refused = true};

	if (source->door) {
		door_refuse(source->door, id, id_len);
		return;
	}
	if (server->fetcher.pid && send(server->fetcher.fd, &request, sizeof(request), MSG_NOSIGNAL) < 0)
		apart_stop(&server->fetcher, true);
	/* Without memory it may be asked for once more. */
	(void)remember(server, id, id_len);
}
