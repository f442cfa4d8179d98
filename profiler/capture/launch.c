// SPDX-License-Identifier: GPL-2.0-or-later
/* Fork, wait for the word, become the calling user, exec; see launch.h. */
#include "profiler/capture/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* A number that sudo left in the environment; false when it did not. */
static bool sudo_id(const char *name, unsigned long *ret_id)
{
	const char *text = getenv(name);
	char *end;

	if (!text || *text < '0' || *text > '9')
		return false;
	*ret_id = strtoul(text, &end, 10);
	return !*end && *ret_id < UINT32_MAX;
}

/* Gives up root for the user who called sudo. Returns 0 or -errno. */
static int become_caller(void)
{
	unsigned long uid, gid;
	struct passwd *user;

	if (getuid() != 0 || !sudo_id("SUDO_UID", &uid) || !sudo_id("SUDO_GID", &gid) || !uid)
		return 0;
	user = getpwuid((uid_t)uid);
	if (user ? initgroups(user->pw_name, (gid_t)gid) : setgroups(0, NULL))
		return -errno;
	if (setresgid((gid_t)gid, (gid_t)gid, (gid_t)gid) ||
	    setresuid((uid_t)uid, (uid_t)uid, (uid_t)uid))
		return -errno;
	if (user) {
		setenv("HOME", user->pw_dir, 1);
		setenv("USER", user->pw_name, 1);
		setenv("LOGNAME", user->pw_name, 1);
		setenv("SHELL", user->pw_shell, 1);
	}
	return 0;
}

/* Privileges that a user was given for bolometer are not for what it starts. */
static void drop_ambient(void)
{
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

/* The child: never returns. The pipes close on exec, which tells the parent that it worked. */
__attribute__((noreturn)) static void run_child(int wait_fd, int failure_fd, char *const *argv,
						const sigset_t *mask)
{
	ssize_t got;
	char word;
	int err;

	do
		got = read(wait_fd, &word, 1);
	while (got < 0 && errno == EINTR);
	if (got != 1)
		_exit(EXIT_FAILURE); /* cancelled */
	err = become_caller();
	drop_ambient();
	if (!err) {
		signal(SIGPIPE, SIG_DFL); /* ignored by a capture */
		sigprocmask(SIG_SETMASK, mask, NULL);
		execvp(argv[0], argv);
		err = -errno;
	}
	if (write(failure_fd, &err, sizeof(err)) != sizeof(err))
		_exit(EXIT_FAILURE);
	_exit(127);
}

int launch(struct launched *launched, char *const *argv, const sigset_t *mask)
{
	int wait_pipe[2], failure_pipe[2], err;
	pid_t pid;

	if (pipe2(wait_pipe, O_CLOEXEC))
		return -errno;
	if (pipe2(failure_pipe, O_CLOEXEC)) {
		err = -errno;
		close(wait_pipe[0]);
		close(wait_pipe[1]);
		return err;
	}
	pid = fork();
	err = pid < 0 ? -errno : 0;
	if (pid == 0) {
		close(wait_pipe[1]);
		close(failure_pipe[0]);
		run_child(wait_pipe[0], failure_pipe[1], argv, mask);
	}
	close(wait_pipe[0]);
	close(failure_pipe[1]);
	if (err) {
		close(wait_pipe[1]);
		close(failure_pipe[0]);
		return err;
	}
	*launched = (struct launched){pid, wait_pipe[1], failure_pipe[0]};
	return 0;
}

int launch_release(struct launched *launched)
{
	ssize_t got;
	int err = 0;

	if (write(launched->release_fd, "", 1) != 1)
		err = -errno;
	close(launched->release_fd);
	launched->release_fd = -1;
	do
		got = read(launched->failure_fd, &err, sizeof(err));
	while (got < 0 && errno == EINTR);
	close(launched->failure_fd);
	launched->failure_fd = -1;
	if (err) {
		waitpid(launched->pid, NULL, 0);
		launched->pid = 0;
	}
	return err;
}

void launch_cancel(struct launched *launched)
{
	if (!launched->pid || launched->release_fd < 0)
		return;
	close(launched->release_fd);
	close(launched->failure_fd);
	waitpid(launched->pid, NULL, 0);
	launched->pid = 0;
}
