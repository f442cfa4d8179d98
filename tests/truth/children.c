// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * children [ROUNDS]: processes that are gone before a capture ends, one after the
 * other. Each round starts one of every kind:
 *
 *   forked    a child without exec
 *   brief     a child that lives for less than 20 ms
 *   reborn    a child that executes this program under another name ("reborn-child")
 *   deleted   a child that executes a copy of it which is deleted while it runs
 *
 * Right answer: every burn_KIND has its share and its name. What must survive is the
 * mapping and the symbols of processes that /proc no longer knows.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "truth.h"

#define FORKED_MS  60
#define BRIEF_MS   12
#define REBORN_MS  60
#define DELETED_MS 60

static void burn_forked(void)
{
	burn(FORKED_MS * NS_PER_MS);
}

static void burn_brief(void)
{
	burn(BRIEF_MS * NS_PER_MS);
}

static void burn_reborn(void)
{
	burn(REBORN_MS * NS_PER_MS);
}

/* By its own file's name, which it removes: from here on only the kernel still has the file. */
static void burn_deleted(const char *self)
{
	if (unlink(self) == 0)
		burn(DELETED_MS * NS_PER_MS);
}

/* Waits for a child; a child that failed ends the program, whose shares would be wrong. */
static void wait_for(pid_t child)
{
	int status;

	if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
		fprintf(stderr, "children: a child failed: %s\n", strerror(errno));
		exit(1);
	}
}

static void run_forked(void (*function)(void))
{
	pid_t child = fork();

	if (child == 0) {
		function();
		_exit(0);
	}
	wait_for(child);
}

static void run_executed(const char *path, const char *kind)
{
	pid_t child = fork();

	if (child == 0) {
		execl(path, path, kind, (char *)NULL);
		_exit(127);
	}
	wait_for(child);
}

static int copy_file(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	struct stat stat;
	int ok = in >= 0 && out >= 0 && fstat(in, &stat) == 0 &&
		 sendfile(out, in, NULL, (size_t)stat.st_size) == stat.st_size;

	close(in);
	close(out);
	return ok ? 0 : -1;
}

static void run_rounds(unsigned rounds, const char *reborn, const char *deleted)
{
	static const char self[] = "/proc/self/exe";

	for (unsigned i = 0; i < rounds; i++) {
		run_forked(burn_forked);
		run_forked(burn_brief);
		run_executed(reborn, "reborn");
		if (copy_file(self, deleted) == 0)
			run_executed(deleted, "deleted");
	}
}

static int be_parent(unsigned rounds)
{
	struct path_time paths[] = {
		{"burn_forked", FORKED_MS * NS_PER_MS * rounds},
		{"burn_brief", BRIEF_MS * NS_PER_MS * rounds},
		{"burn_reborn", REBORN_MS * NS_PER_MS * rounds},
		{"burn_deleted", DELETED_MS * NS_PER_MS * rounds},
	};
	char folder[] = "/tmp/children-XXXXXX";
	char reborn[64], deleted[64], self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (len < 0 || !mkdtemp(folder)) {
		perror("children");
		return 1;
	}
	self[len] = '\0';
	snprintf(reborn, sizeof(reborn), "%s/reborn-child", folder);
	snprintf(deleted, sizeof(deleted), "%s/deleted-child", folder);
	if (symlink(self, reborn) == 0)
		run_rounds(rounds, reborn, deleted);
	unlink(reborn);
	rmdir(folder);
	print_shares(paths, 4);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "reborn")) {
		burn_reborn();
		return 0;
	}
	if (argc > 1 && !strcmp(argv[1], "deleted")) {
		burn_deleted(argv[0]);
		return 0;
	}
	return be_parent(argc > 1 ? (unsigned)number_argument(argv[1], 1, 1000) : 8);
}
