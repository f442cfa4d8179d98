// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Attempts to send, and what becomes of them; see sender.h. The request itself is
 * request.c's.
 *
 * Tried again is what says of itself that it may pass: no connection, no answer,
 * and the statuses 408, 429, 502, 503 and 504. A server that took the profile and
 * whose answer was lost gets it twice then; that is rarer, and harms less, than a
 * profile that is not there.
 */
#include "profiler/upload/sender.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "profiler/workers/apart.h"
#include "profiler/upload/request.h"

#define NS_PER_MS      1000000ULL
#define NS_PER_S       1000000000ULL
#define FIRST_PAUSE_MS 1000
#define ATTEMPT_MAX_MS 30000
#define ATTEMPTS_MAX   8

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static void report(int fd, const struct sender_report *what)
{
	while (send(fd, what, sizeof(*what), MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

/* Sleeps, unless a signal comes or whoever started us has gone. */
static void pause_for(int fd, uint64_t ms)
{
	struct pollfd poll_fd = {.fd = fd};
	uint64_t until_ns = now_ns() + ms * NS_PER_MS, now;

	while (!apart_signalled() && (now = now_ns()) < until_ns) {
		if (poll(&poll_fd, 1, (int)((until_ns - now) / NS_PER_MS) + 1) > 0)
			return;
	}
}

/* What comes after an attempt that failed: a pause in milliseconds, or -1 when it was the last. */
static int64_t pause_after(const struct request_answer *answer, unsigned int attempt,
			   uint64_t left_ms)
{
	uint64_t pause_ms = (uint64_t)FIRST_PAUSE_MS << attempt;

	if (!answer->may_pass || attempt + 1 == ATTEMPTS_MAX)
		return -1;
	if (answer->retry_after_s * 1000 > pause_ms)
		pause_ms = answer->retry_after_s * 1000;
	return pause_ms < left_ms ? (int64_t)pause_ms : -1;
}

/* The cause of the last failure, and why there is no further attempt where that is not plain. */
static void give_up(struct sender_report *what, const struct request_answer *answer,
		    unsigned int attempt)
{
	int len = snprintf(what->words, sizeof(what->words), "%s", answer->words);
	char more[64] = "";

	what->err = answer->err;
	if (answer->may_pass && answer->retry_after_s)
		snprintf(more, sizeof(more), "; it asks to wait for %llu s, which is too long",
			 (unsigned long long)answer->retry_after_s);
	else if (attempt)
		snprintf(more, sizeof(more), " (%u attempts)", attempt + 1);
	if (len >= 0 && (size_t)len < sizeof(what->words))
		snprintf(what->words + len, sizeof(what->words) - (size_t)len, "%s", more);
}

static void send_all(int fd, struct request *request, const struct upload *upload,
		     struct sender_report *last)
{
	uint64_t end_ns = now_ns() + upload->timeout_ns;

	for (unsigned int attempt = 0;; attempt++) {
		struct sender_report again = {0};
		struct request_answer answer;
		uint64_t left_ms, now = now_ns();
		int64_t pause_ms;

		left_ms = now < end_ns ? (end_ns - now) / NS_PER_MS + 1 : 1;
		request_send(request, left_ms < ATTEMPT_MAX_MS ? left_ms : ATTEMPT_MAX_MS, &answer);
		if (apart_signalled()) {
			last->err = -EINTR;
			snprintf(last->words, sizeof(last->words), "interrupted");
			return;
		}
		if (!answer.err)
			return;
		now = now_ns();
		left_ms = now < end_ns ? (end_ns - now) / NS_PER_MS : 0;
		pause_ms = pause_after(&answer, attempt, left_ms);
		if (pause_ms < 0) {
			give_up(last, &answer, attempt);
			return;
		}
		snprintf(again.words, sizeof(again.words), "%.*s; trying again in %.3g s",
			 UPLOAD_WORDS - 64, answer.words, (double)pause_ms / 1000);
		report(fd, &again);
		pause_for(fd, (uint64_t)pause_ms);
	}
}

void sender_run(int fd, void *data)
{
	const struct upload *upload = data;
	struct sender_report last = {.done = true};
	struct request request;

	fd = apart_settle(fd, false);
	if (fd < 0)
		return;
	last.err = request_init(&request, upload, last.words, sizeof(last.words));
	if (!last.err)
		send_all(fd, &request, upload, &last);
	report(fd, &last);
}
