// SPDX-License-Identifier: GPL-2.0-or-later
/* Starting the process that sends, and waiting for it; see upload.h. */
#include "profiler/upload/upload.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "profiler/workers/apart.h"
#include "profiler/workers/interrupts.h"
#include "profiler/upload/sender.h"

#define POLL_MS 100
/* The sender keeps to its time by itself; this is for when it hangs. */
#define GRACE_MS  5000
#define NS_PER_MS 1000000

/* Waits for the sender's last word. Returns 0, or -errno where there is none. */
static int await(const struct apart *sender, const struct upload *upload,
		 void (*tell)(void *data, const char *line), void *data,
		 struct sender_report *report)
{
	int64_t left_ms = (int64_t)(upload->timeout_ns / NS_PER_MS) + GRACE_MS;
	struct pollfd poll_fd = {.fd = sender->fd, .events = POLLIN};

	for (; left_ms > 0; left_ms -= POLL_MS) {
		int ready = poll(&poll_fd, 1, POLL_MS);

		if (apart_interrupted())
			kill(sender->pid, SIGINT);
		if (ready <= 0)
			continue;
		if (recv(sender->fd, report, sizeof(*report), 0) != sizeof(*report))
			return -EPIPE;
		if (report->done)
			return 0;
		if (tell)
			tell(data, report->words);
	}
	return -ETIMEDOUT;
}

int upload_run(const struct upload *upload, void (*tell)(void *data, const char *line), void *data,
	       char ret_why[UPLOAD_WORDS])
{
	struct sender_report report = {0};
	struct apart sender;
	int err = apart_start(&sender, sender_run, (void *)upload);

	if (!err) {
		interrupts_spare(true);
		err = await(&sender, upload, tell, data, &report);
		interrupts_spare(false);
		apart_stop(&sender, err != 0);
	}
	if (err)
		snprintf(ret_why, UPLOAD_WORDS, "%s",
			 err == -EPIPE ? "the process that sends has died" : strerror(-err));
	else
		memcpy(ret_why, report.words, UPLOAD_WORDS);
	return err ? err : report.err;
}
