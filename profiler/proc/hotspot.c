// SPDX-License-Identifier: GPL-2.0-or-later
/* Proving that a process is a Java machine, and the child that asks it; see hotspot.h. */
#include "profiler/proc/hotspot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "profiler/proc/hotspot_attach.h"

#define CHILD_MS (HOTSPOT_LISTEN_MS + HOTSPOT_ANSWER_MS + 500)

/* ---- proof ------------------------------------------------------------------------------------ */

/* The second number, the effective one, of a line of status; -1 without it. */
static long read_id(uint32_t tgid, const char *key)
{
	char path[64], line[512];
	long number = -1;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%u/status", tgid);
	status = fopen(path, "re");
	while (status && fgets(line, sizeof(line), status)) {
		if (!strncmp(line, key, strlen(key)) &&
		    sscanf(line + strlen(key), "%*d %ld", &number) == 1)
			break;
	}
	if (status)
		fclose(status);
	return number;
}

/* The last word of a line of status, in a base. */
static uint64_t read_last(uint32_t tgid, const char *key, int base)
{
	char path[64], line[512];
	uint64_t number = 0;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%u/status", tgid);
	status = fopen(path, "re");
	while (status && fgets(line, sizeof(line), status)) {
		const char *word = strrchr(line, '\t');

		if (!strncmp(line, key, strlen(key)) && word)
			number = strtoull(word + 1, NULL, base);
	}
	if (status)
		fclose(status);
	return number;
}

/*
 * The thread that looks for requests when SIGQUIT comes. There is none where the machine leaves the
 * signal to the program (-Xrs), or the program's own handler took it before.
 */
static bool has_dispatcher(uint32_t tgid)
{
	char path[64 + 256], name[32];
	struct dirent *entry;
	bool found = false;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%u/task", tgid);
	tasks = opendir(path);
	while (tasks && !found && (entry = readdir(tasks))) {
		FILE *comm;

		snprintf(path, sizeof(path), "/proc/%u/task/%.20s/comm", tgid, entry->d_name);
		comm = fopen(path, "re");
		if (comm && fgets(name, sizeof(name), comm))
			found = !strcmp(name, "Signal Dispatch\n");
		if (comm)
			fclose(comm);
	}
	if (tasks)
		closedir(tasks);
	return found;
}

/* Whether one of the NUL-ended texts of a file of /proc has a word in it. */
static bool mentions(uint32_t tgid, const char *file, const char *word)
{
	char path[64], *text = NULL;
	bool found = false;
	size_t cap = 0;
	FILE *texts;

	snprintf(path, sizeof(path), "/proc/%u/%s", tgid, file);
	texts = fopen(path, "re");
	while (texts && !found && getdelim(&text, &cap, '\0', texts) > 0)
		found = strstr(text, word);
	free(text);
	if (texts)
		fclose(texts);
	return found;
}

/* Whether the machine's library is mapped. */
static bool has_machine(uint32_t tgid)
{
	char path[64], *line = NULL;
	bool found = false;
	size_t cap = 0;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%u/maps", tgid);
	maps = fopen(path, "re");
	while (maps && !found && getline(&line, &cap, maps) > 0)
		found = strstr(line, "/libjvm.so");
	free(line);
	if (maps)
		fclose(maps);
	return found;
}

const char *hotspot_refuses(uint32_t tgid)
{
	static const char disabled[] = "+DisableAttachMechanism";

	if (!has_machine(tgid))
		return "it is no Java machine any more";
	if (!(read_last(tgid, "SigCgt:", 16) & 1ULL << (SIGQUIT - 1)) || !has_dispatcher(tgid))
		return "it does not handle SIGQUIT as Java machines do";
	if (mentions(tgid, "cmdline", disabled) || mentions(tgid, "environ", disabled))
		return "-XX:+DisableAttachMechanism";
	return NULL;
}

/* ---- the child -------------------------------------------------------------------------------- */

static bool root_is_ours(uint32_t tgid)
{
	struct stat ours, theirs, our_mounts, their_mounts;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u/ns/mnt", tgid);
	if (stat("/proc/self/ns/mnt", &our_mounts) || stat(path, &their_mounts) ||
	    our_mounts.st_ino != their_mounts.st_ino)
		return false;
	snprintf(path, sizeof(path), "/proc/%u/root", tgid);
	return !stat("/", &ours) && !stat(path, &theirs) && ours.st_dev == theirs.st_dev &&
	       ours.st_ino == theirs.st_ino;
}

static int open_jvm(uint32_t tgid, struct hotspot *ret)
{
	long uid, gid;
	char path[64];

	*ret = (struct hotspot){.root_fd = -1};
	ret->pid_fd = (int)syscall(SYS_pidfd_open, (pid_t)tgid, 0);
	if (ret->pid_fd < 0)
		return -errno;
	ret->nspid = (uint32_t)read_last(tgid, "NSpid:", 10);
	uid = read_id(tgid, "Uid:");
	gid = read_id(tgid, "Gid:");
	if (!ret->nspid || uid < 0 || gid < 0)
		return -ESRCH;
	ret->uid = (uid_t)uid;
	ret->gid = (gid_t)gid;
	if (root_is_ours(tgid))
		return 0;
	snprintf(path, sizeof(path), "/proc/%u/root", tgid);
	ret->root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return ret->root_fd < 0 ? -errno : 0;
}

static void close_jvm(const struct hotspot *jvm)
{
	if (jvm->pid_fd >= 0)
		close(jvm->pid_fd);
	if (jvm->root_fd >= 0)
		close(jvm->root_fd);
}

struct outcome {
	int err;
	char why[128];
};

__attribute__((noreturn)) static void be_child(const struct hotspot *jvm, int to_parent)
{
	struct outcome outcome = {0};
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	alarm(CHILD_MS / 1000 + 1);
	outcome.err = hotspot_become(jvm);
	if (outcome.err)
		snprintf(outcome.why, sizeof(outcome.why), "cannot act as its user: %s",
			 strerror(-outcome.err));
	else
		outcome.err = hotspot_ask(jvm, outcome.why, sizeof(outcome.why));
	if (write(to_parent, &outcome, sizeof(outcome)) != sizeof(outcome))
		_exit(1);
	_exit(0);
}

static void hear(int from_child, struct outcome *outcome)
{
	struct pollfd readable = {.fd = from_child, .events = POLLIN};

	*outcome = (struct outcome){-ETIMEDOUT, "it did not answer"};
	if (poll(&readable, 1, CHILD_MS) == 1 &&
	    read(from_child, outcome, sizeof(*outcome)) != sizeof(*outcome))
		*outcome = (struct outcome){-EIO, "asking failed"};
	outcome->why[sizeof(outcome->why) - 1] = '\0';
}

static int run_child(const struct hotspot *jvm, struct outcome *outcome)
{
	int ends[2], err = 0;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	child = fork();
	if (!child)
		be_child(jvm, ends[1]);
	close(ends[1]);
	if (child < 0)
		err = -errno;
	else
		hear(ends[0], outcome);
	close(ends[0]);
	if (child > 0) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	return err;
}

int hotspot_write_map(uint32_t tgid, char *why, size_t why_size)
{
	struct outcome outcome = {0};
	struct hotspot jvm;
	int err = open_jvm(tgid, &jvm);

	/* Once it is held by its descriptor: it cannot become another process after this. */
	jvm.refusal = err ? NULL : hotspot_refuses(tgid);
	if (!err)
		err = run_child(&jvm, &outcome);
	if (err)
		snprintf(why, why_size, "%s", strerror(-err));
	else if (outcome.err)
		snprintf(why, why_size, "%s", outcome.why);
	close_jvm(&jvm);
	return err ? err : outcome.err;
}
