// SPDX-License-Identifier: GPL-2.0-or-later
/* See apart.h. */
#include "profiler/workers/apart.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "profiler/model/alloc.h"
#include "profiler/workers/interrupts.h"

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

/* The signal handler has no other way to it. */
static volatile sig_atomic_t signalled;

int apart_start(struct apart *apart, apart_fn *run, void *data)
{
	int ends[2], err = 0;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	pid = fork();
	if (pid == 0) {
		run(ends[1], data);
		_exit(EXIT_SUCCESS);
	}
	if (pid < 0)
		err = -errno;
	close(ends[1]);
	if (err) {
		close(ends[0]);
		return err;
	}
	*apart = (struct apart){.pid = pid, .fd = ends[0]};
	return 0;
}

void apart_stop(struct apart *apart, bool at_once)
{
	if (!apart->pid)
		return;
	close(apart->fd);
	if (at_once)
		kill(apart->pid, SIGKILL);
	while (waitpid(apart->pid, NULL, 0) < 0 && errno == EINTR)
		;
	*apart = (struct apart){.fd = -1};
}

bool apart_interrupted(void)
{
	sigset_t pending;
	bool is_one = false;

	if (interrupts_noted())
		return true;
	if (sigpending(&pending))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		is_one |= sigismember(&pending, signals[i]) > 0;
	return is_one;
}

/* ---- in the process itself ---- */

/* The number of a user or group in the environment; 0 for none. */
static uint64_t id_in(const char *variable)
{
	const char *text = getenv(variable);

	return text ? strtoull(text, NULL, 10) : 0;
}

/* The user whose home folder is used, if we are root and it is not ours. */
static bool find_user(uid_t *ret_uid, gid_t *ret_gid)
{
	uint64_t uid = id_in("SUDO_UID"), gid = id_in("SUDO_GID");
	const char *home = getenv("HOME");
	struct stat st;

	if (geteuid() != 0)
		return false;
	if (!uid || !gid) {
		if (!home || stat(home, &st) || !st.st_uid)
			return false;
		uid = st.st_uid;
		gid = st.st_gid;
	}
	if (uid >= UINT32_MAX || gid >= UINT32_MAX)
		return false;
	*ret_uid = (uid_t)uid;
	*ret_gid = (gid_t)gid;
	return true;
}

static int become_user(void)
{
	struct passwd *user;
	uid_t uid;
	gid_t gid;

	if (!find_user(&uid, &gid))
		return 0;
	user = getpwuid(uid);
	if ((user ? initgroups(user->pw_name, gid) : setgroups(0, NULL)) ||
	    setresgid(gid, gid, gid) || setresuid(uid, uid, uid))
		return -errno;
	if (user)
		setenv("HOME", user->pw_dir, 1);
	return 0;
}

/* Also those of a user who was given some for this program. */
static void drop_capabilities(bool as_root)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

	if (geteuid() != 0 || !as_root)
		syscall(SYS_capset, &header, none);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static void on_signal(int signal)
{
	(void)signal;
	signalled = 1;
}

/* Who started us holds them back, and goes on. */
static void take_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};
	sigset_t none;

	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		sigaction(signals[i], &action, NULL);
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

int apart_settle(int fd, bool as_root)
{
	struct rlimit none = {0, 0};
	int err;

	/* The kernel's descriptors, other people's files: none of them is of use here. */
	fd = dup2(fd, STDERR_FILENO + 1);
	syscall(SYS_close_range, STDERR_FILENO + 2, ~0U, 0);
	err = fd < 0 ? -errno : become_user();
	drop_capabilities(as_root);
	/* Cleared by a change of user. */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	take_signals();
	setrlimit(RLIMIT_CORE, &none);
	return err ? err : fd;
}

bool apart_signalled(void)
{
	return signalled;
}
