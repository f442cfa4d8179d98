// SPDX-License-Identifier: GPL-2.0-or-later
/* Running a capture; see session.h. */
#include "profiler/session.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "profiler/model/alloc.h"
#include "profiler/workers/confine.h"
#include "profiler/workers/interrupts.h"
#include "profiler/proc/host.h"
#include "profiler/say.h"

#define POLL_MS		     20
#define PROGRESS_INTERVAL_NS 500000000ULL
#define NS_PER_MS	     1000000ULL

struct session {
	struct capture *capture;
	struct target *target;
	const struct capture_config *config;
	struct series *series; /* NULL: the capture is one interval */
	int signal_fd;
	uint64_t start_ns, end_ns; /* end: UINT64_MAX without a duration */
	uint64_t progress_ns;
	bool on_terminal;
	bool is_told; /* by a signal, to stop */
};

/*
 * Shells have programs in the background ignore SIGINT; who sends it to a profiler means it, and wants
 * the files. SIGHUP stays ignored where it is: that is nohup's.
 */
static sigset_t hold_signals(void)
{
	sigset_t signals;

	signal(SIGINT, SIG_DFL);

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	/* Who reads the messages may go away before the capture ends. */
	signal(SIGPIPE, SIG_IGN);
	return signals;
}

/* From the end of a capture on: one may come just when it ends by itself; a second one is meant. */
static void release_signals(bool forgive)
{
	sigset_t signals = hold_signals();

	interrupts_watch(forgive);
	sigprocmask(SIG_UNBLOCK, &signals, NULL);
}

void session_hold_signals(void)
{
	hold_signals();
}

static int open_signals(void)
{
	const sigset_t signals = hold_signals();

	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* SIGTERM is meant for what we started, too; a terminal's Ctrl-C reaches it by itself. */
static bool told_to_stop(struct session *session)
{
	struct signalfd_siginfo signal;

	if (read(session->signal_fd, &signal, sizeof(signal)) != sizeof(signal))
		return false;
	session->is_told = true;
	if (session->target->launched.pid && !session->target->program_ended &&
	    signal.ssi_signo != SIGINT)
		kill(session->target->launched.pid, (int)signal.ssi_signo);
	return true;
}

const char *session_events_word(const struct capture_config *config)
{
	if (!(config->views & VIEWS_SAMPLED))
		return "waits";
	return config->views == VIEW_BIT(VIEW_CPU) ? "samples" : "samples and waits";
}

static void show_progress(struct session *session, uint64_t now_ns)
{
	struct capture_progress progress;
	char time_left[48];

	if (!session->on_terminal || now_ns - session->progress_ns < PROGRESS_INTERVAL_NS)
		return;
	session->progress_ns = now_ns;
	capture_progress(session->capture, &progress);
	if (session->end_ns == UINT64_MAX)
		snprintf(time_left, sizeof(time_left), "%.0f s, Ctrl-C ends it",
			 (now_ns - session->start_ns) / 1e9);
	else
		snprintf(time_left, sizeof(time_left), "%.0f s left",
			 now_ns < session->end_ns ? (session->end_ns - now_ns) / 1e9 : 0.0);
	fprintf(stderr, "\r\033[K%s  %llu %s  %llu stacks  %llu lost", time_left,
		(unsigned long long)progress.recorded, session_events_word(session->config),
		(unsigned long long)progress.stacks, (unsigned long long)progress.lost);
}

static void clear_progress(const struct session *session)
{
	if (session->on_terminal && session->progress_ns)
		fputs("\r\033[K", stderr);
}

/* How long to sleep, in milliseconds. */
static int time_to_sleep(const struct session *session, uint64_t now_ns)
{
	uint64_t due_ns = capture_due_ns(session->capture), wait_ms;

	if (due_ns > session->end_ns)
		due_ns = session->end_ns;
	if (session->series && due_ns > session->series->due_ns)
		due_ns = session->series->due_ns;
	wait_ms = due_ns > now_ns ? (due_ns - now_ns) / NS_PER_MS + 1 : 0;
	return wait_ms < POLL_MS ? (int)wait_ms : POLL_MS;
}

/* Sleeps until something is to be done; returns at the end of the capture. 0 or -errno. */
static int wait_for_end(struct session *session)
{
	int err = 0;

	while (!err) {
		struct pollfd fds[] = {
			{.fd = session->signal_fd, .events = POLLIN},
			{.fd = capture_poll_fd(session->capture), .events = POLLIN},
		};
		uint64_t now_ns = host_monotonic_ns();

		if (now_ns >= session->end_ns || target_ended(session->target))
			return 0;
		if (poll(fds, ARRAY_LEN(fds), time_to_sleep(session, now_ns)) < 0 &&
		    errno != EINTR)
			return -errno;
		if (told_to_stop(session))
			return 0;
		err = capture_poll(session->capture);
		if (!err && session->series)
			err = series_update(session->series);
		show_progress(session, now_ns);
	}
	return err;
}

/* "for 30 s", "until Ctrl-C". */
static void span_text(const struct session *session, const struct options *options, char *text,
		      size_t size)
{
	if (options->duration_ns)
		snprintf(text, size, "for %.4g s", options->duration_ns / 1e9);
	else if (target_can_end(session->target))
		snprintf(text, size, "until it ends, or Ctrl-C");
	else
		snprintf(text, size, "until Ctrl-C");
}

/* What goes on, for those who did not mean it; a terminal's progress line comes below. */
static void say_start(const struct session *session, const struct options *options)
{
	const struct capture_config *config = session->config;
	const char *target = session->target->about;
	char span[64], every[48] = "";

	span_text(session, options, span, sizeof(span));
	if (options->every_ns)
		snprintf(every, sizeof(every), ", a profile every %.4g s", options->every_ns / 1e9);
	if (!(config->views & VIEWS_SAMPLED))
		say("tracing waits of %s, %s%s", target, span, every);
	else
		say("sampling %s, %llu Hz of %s, %s%s%s", target,
		    (unsigned long long)config->frequency_hz, config->event,
		    config->views == VIEW_BIT(VIEW_CPU) ? "" : "and tracing its waits, ", span, every);
}

/* From the start of the events to the last sample. Returns 0 or an exit status; says what failed. */
static int run(struct session *session, const struct options *options)
{
	struct launched *launched = &session->target->launched;
	int err = capture_start(session->capture);

	session->start_ns = host_monotonic_ns();
	session->end_ns = UINT64_MAX;
	if (!err && told_to_stop(session)) {
		say_error("interrupted before anything was captured");
		return EXIT_FAILED;
	}
	if (!err)
		say_start(session, options);
	if (options->duration_ns)
		session->end_ns = session->start_ns + options->duration_ns;
	if (!err && session->series)
		series_begin(session->series, session->end_ns);
	if (!err && launched->pid) {
		err = launch_release(launched);
		if (err) {
			say_error("cannot run %s: %s", options->program[0], strerror(-err));
			return err == -ENOENT ? EXIT_NO_PROGRAM : EXIT_CANNOT_RUN;
		}
	}
	if (!err)
		err = wait_for_end(session);
	clear_progress(session);
	if (!err)
		err = capture_stop(session->capture);
	if (err)
		say_error("%s", *capture_error(session->capture) ? capture_error(session->capture)
								 : strerror(-err));
	return err ? EXIT_FAILED : 0;
}

int session_run(struct capture *capture, struct target *target, const struct options *options,
		const struct capture_config *config, struct series *series)
{
	struct session session = {
		.capture = capture,
		.target = target,
		.config = config,
		.series = series,
		.on_terminal = !options->quiet && isatty(STDERR_FILENO),
	};
	int status;

	session.signal_fd = open_signals();
	if (session.signal_fd < 0) {
		say_error("cannot wait for signals: %s", strerror(errno));
		return EXIT_FAILED;
	}
	status = run(&session, options);
	close(session.signal_fd);
	release_signals(!session.is_told);
	return status;
}

void session_own_cost(struct circumstances *about)
{
	uint64_t readers_cpu_ns, reader_rss_bytes;
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage))
		return;
	confine_cost(&readers_cpu_ns, &reader_rss_bytes);
	about->own_cpu_ns +=
		((uint64_t)usage.ru_utime.tv_sec + (uint64_t)usage.ru_stime.tv_sec) * 1000000000 +
		((uint64_t)usage.ru_utime.tv_usec + (uint64_t)usage.ru_stime.tv_usec) * 1000;
	about->own_cpu_ns += readers_cpu_ns;
	about->own_rss_bytes = (uint64_t)usage.ru_maxrss * 1024 + reader_rss_bytes;
	if (about->own_rss_bytes > about->mapped_bytes)
		about->own_rss_bytes -= about->mapped_bytes; /* they are among the maps */
}
