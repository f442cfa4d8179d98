// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The attach protocol, as HotSpot has it on Linux (src/hotspot/os/posix/attachListener_posix.cpp): it
 * listens at /tmp/.java_pidN once it was asked to, by the file .attach_pidN in /tmp and SIGQUIT. A
 * request is a version, a command and three arguments, each with a NUL; the answer a number in a line
 * of its own, 0 for success, and text up to the end of the connection.
 */
#include "profiler/proc/hotspot_attach.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "profiler/proc/host.h"

#define LOOK_AGAIN_MS 10

int hotspot_become(const struct hotspot *jvm)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {{0}};

	if (jvm->root_fd >= 0 && (fchdir(jvm->root_fd) || chroot(".")))
		return -errno;
	if (chdir("/"))
		return -errno;
	if (geteuid() != jvm->uid || getegid() != jvm->gid || !jvm->uid) {
		if (setgroups(0, NULL) || setresgid(jvm->gid, jvm->gid, jvm->gid) ||
		    setresuid(jvm->uid, jvm->uid, jvm->uid))
			return -errno;
	}
	/* Those of root in a container are not those that we have. */
	return syscall(SYS_capset, &header, none) ? -errno : 0;
}

static int failed(char *why, size_t why_size, int err, const char *what)
{
	snprintf(why, why_size, "%s: %s", what, strerror(-err));
	return err;
}

/* ---- the socket ------------------------------------------------------------------------------- */

/* -ENOENT: it does not listen yet. Somebody else's socket is none. */
static int connect_to(const struct hotspot *jvm)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	struct stat st;
	int fd, err;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "/tmp/.java_pid%u", jvm->nspid);
	if (lstat(addr.sun_path, &st))
		return -errno;
	if (!S_ISSOCK(st.st_mode) || st.st_uid != jvm->uid)
		return -EPERM;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (!connect(fd, (const struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

static int wait_for_listener(const struct hotspot *jvm)
{
	uint64_t end_ns = host_monotonic_ns() + HOTSPOT_LISTEN_MS * 1000000ULL;
	int fd;

	do {
		fd = connect_to(jvm);
		if (fd >= 0 || (fd != -ENOENT && fd != -ECONNREFUSED && fd != -EAGAIN))
			return fd;
		poll(NULL, 0, LOOK_AGAIN_MS);
	} while (host_monotonic_ns() < end_ns);
	return -ETIMEDOUT;
}

/* ---- the trigger ------------------------------------------------------------------------------ */

/* The file that tells this SIGQUIT from one that asks for a list of threads. */
static int make_trigger(const struct hotspot *jvm, char *path, size_t size)
{
	int fd;

	snprintf(path, size, "/tmp/.attach_pid%u", jvm->nspid);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int start_listener(const struct hotspot *jvm, char *why, size_t why_size)
{
	char path[64];
	int fd, err;

	if (jvm->refusal) {
		snprintf(why, why_size, "%s", jvm->refusal);
		return -EPERM;
	}
	err = make_trigger(jvm, path, sizeof(path));
	if (err)
		return failed(why, why_size, err, path);
	if (syscall(SYS_pidfd_send_signal, jvm->pid_fd, SIGQUIT, NULL, 0))
		fd = failed(why, why_size, -errno, "signal");
	else
		fd = wait_for_listener(jvm);
	if (fd == -ETIMEDOUT)
		snprintf(why, why_size, "it did not answer within a second");
	else if (fd < 0 && !*why)
		failed(why, why_size, fd, "its socket");
	unlink(path);
	return fd;
}

/* ---- the request ------------------------------------------------------------------------------ */

/* What there is within the time, and fits; the rest is passed over. The length, or -ETIMEDOUT. */
static ssize_t read_answer(int fd, char *answer, size_t size)
{
	uint64_t end_ns = host_monotonic_ns() + HOTSPOT_ANSWER_MS * 1000000ULL, now_ns;
	struct pollfd readable = {.fd = fd, .events = POLLIN};
	char rest[256];
	size_t len = 0;

	while ((now_ns = host_monotonic_ns()) < end_ns) {
		ssize_t n;

		if (poll(&readable, 1, (int)((end_ns - now_ns) / 1000000) + 1) != 1)
			continue;
		n = len < size ? recv(fd, answer + len, size - len, 0)
			       : recv(fd, rest, sizeof(rest), 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			return (ssize_t)len;
		if (len < size)
			len += (size_t)n;
	}
	return -ETIMEDOUT;
}

static int ask_on(int fd, char *why, size_t why_size)
{
	static const char request[] = "1\0jcmd\0Compiler.perfmap\0\0";
	char answer[16];
	ssize_t len;

	/* A few bytes: they fit. */
	if (send(fd, request, sizeof(request), MSG_NOSIGNAL) != sizeof(request))
		return failed(why, why_size, -errno, "its socket");
	len = read_answer(fd, answer, sizeof(answer));
	if (len < 0) {
		snprintf(why, why_size, "it did not finish within %d seconds",
			 HOTSPOT_ANSWER_MS / 1000);
		return -ETIMEDOUT;
	}
	if (len >= 2 && answer[0] == '0' && answer[1] == '\n')
		return 0;
	snprintf(why, why_size, "it knows no Compiler.perfmap, as JDK 17 and later do");
	return -EOPNOTSUPP;
}

int hotspot_ask(const struct hotspot *jvm, char *why, size_t why_size)
{
	int fd = connect_to(jvm), err;

	*why = '\0';
	if (fd == -ENOENT || fd == -ECONNREFUSED)
		fd = start_listener(jvm, why, why_size);
	else if (fd < 0)
		failed(why, why_size, fd, "its socket");
	if (fd < 0)
		return fd;
	err = ask_on(fd, why, why_size);
	close(fd);
	return err;
}
