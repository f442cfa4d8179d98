// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * As hostile.c, with files: what a profiler opens is changed under it as fast as it can be.
 *
 *	hostile_files MODE SECONDS FOLDER
 *
 * map        the perf map of a process with generated code: written anew, cut, a symbolic link, a
 *            FIFO, a folder, 10 GB without content, another file
 * binary     FOLDER/victim, which processes run: replaced, deleted, grown, cut while it is mapped
 * mounts     namespaces of its own, in which it mounts over /tmp, over its program and over /proc,
 *            and changes its root
 *
 * Mounts are made in mount namespaces of children only, and never spread.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "jit_code.h"

#define SPARSE_BYTES (10LL << 30)

static uint64_t end_ns;

static bool over(void)
{
	return wall_ns() > end_ns;
}

static void burn_a_while(void)
{
	for (int i = 0; i < 20; i++)
		work(WORK_CHUNK);
}

/* ---- perf map -------------------------------------------------------------------------------- */

static void write_text(const char *path, const char *text, size_t times)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK, 0644);

	for (size_t i = 0; i < times && fd >= 0; i++) {
		if (write(fd, text, strlen(text)) < 0)
			break;
	}
	if (fd >= 0)
		close(fd);
}

/* One of the things that are there next. */
static void change_map(const char *path, unsigned int turn, const char *text)
{
	if (turn % 8 > 1) {
		unlink(path);
		rmdir(path);
	}
	switch (turn % 8) {
	case 0:
		write_text(path, text, 1);
		break;
	case 1:
		write_text(path, text, 100);
		break;
	case 2:
		write_text(path, text, 1);
		if (truncate(path, SPARSE_BYTES))
			unlink(path);
		break;
	case 3:
		if (symlink("/etc/passwd", path))
			return;
		break;
	case 4:
		mkfifo(path, 0644);
		break;
	case 5:
		mkdir(path, 0755);
		break;
	case 6:
		write_text(path, "no map at all \033[31m\n\xff\xfe;;\n-1 -1 -1\nffffffffffffffff "
				 "ffffffffffffffff \033]0;owned\a\n", 3);
		break;
	case 7:
		write_text(path, text, 1);
		if (truncate(path, 7))
			unlink(path);
		break;
	}
}

static void hostile_map(const char *folder)
{
	unsigned char *page = make_code();
	char path[64], text[256];

	if (!page)
		exit(1);
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)getpid());
	snprintf(text, sizeof(text), "%lx 100 \033[31mmap\033]0;owned\a;<b>&\xe2\x80\xae\xff name\n",
		 (unsigned long)page);
	for (unsigned int turn = 0; !over(); turn++) {
		change_map(path, turn, text);
		jit_caller(page);
	}
	unlink(path);
	rmdir(path);
}

/* ---- binary ---------------------------------------------------------------------------------- */

static void copy_file(const char *from, const char *to)
{
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	struct stat st;

	if (in >= 0 && out >= 0 && !fstat(in, &st))
		sendfile(out, in, NULL, (size_t)st.st_size);
	close(in);
	close(out);
}

static void run_victim(const char *path)
{
	if (fork())
		return;
	execl(path, path, "victim", "0.05", "/", NULL);
	_exit(0);
}

static void victim(const char *folder)
{
	while (!over())
		burn_a_while();
}

static void hostile_binary(const char *folder)
{
	char path[256], next[256];
	int fd;

	snprintf(path, sizeof(path), "%s/victim\033[31m\n", folder);
	snprintf(next, sizeof(next), "%s/next", folder);
	for (unsigned int turn = 0; !over(); turn++) {
		copy_file("/proc/self/exe", next);
		rename(next, path);
		run_victim(path);
		usleep(5000);
		switch (turn % 4) {
		case 0:
			unlink(path);
			break;
		case 1: /* those that run it die of it */
			fd = open(path, O_RDWR);
			/* What is executed cannot be opened for writing, but its copies in memory can. */
			if (fd < 0 && truncate(path, 4096))
				unlink(path);
			else if (fd >= 0 && ftruncate(fd, 4096))
				unlink(path);
			close(fd);
			break;
		case 2:
			if (truncate(path, SPARSE_BYTES))
				unlink(path);
			break;
		}
		while (waitpid(-1, NULL, turn % 16 ? WNOHANG : 0) > 0)
			;
	}
	unlink(path);
}

/* ---- mounts ---------------------------------------------------------------------------------- */

static void live_elsewhere(const char *folder, unsigned int turn)
{
	char program[256];
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);

	if (unshare(CLONE_NEWNS | (turn % 2 ? CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET : 0)) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) || len < 0)
		return;
	program[len] = '\0';
	mount("none", turn % 3 ? "/tmp" : folder, "tmpfs", 0, "size=64k");
	mount("/dev/null", program, NULL, MS_BIND, NULL);
	burn_a_while();
	if (turn % 4 == 0)
		umount2("/proc", MNT_DETACH);
	mkdir(folder, 0755);
	if (turn % 5 && !chroot(turn % 3 ? "/tmp" : folder))
		burn_a_while();
	if (turn % 5 == 0 && mount("none", "/mnt", "tmpfs", 0, "size=64k") == 0 &&
	    !mkdir("/mnt/old", 0755) && !syscall(SYS_pivot_root, "/mnt", "/mnt/old"))
		umount2("/old", MNT_DETACH);
	make_code();
	burn_a_while();
}

static void hostile_mounts(const char *folder)
{
	for (unsigned int turn = 0; !over(); turn++) {
		if (!fork()) {
			live_elsewhere(folder, turn);
			_exit(0);
		}
		if (turn % 4 == 3) {
			while (wait(NULL) > 0)
				;
		}
	}
}

static const struct {
	const char *name;
	void (*run)(const char *folder);
} modes[] = {
	{"map", hostile_map},
	{"binary", hostile_binary},
	{"victim", victim},
	{"mounts", hostile_mounts},
};

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	end_ns = wall_ns() + (uint64_t)(number_argument(argv[2], 0, 3600) * 1e9);
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (strcmp(argv[1], modes[i].name))
			continue;
		modes[i].run(argv[3]);
		return 0;
	}
	return 2;
}
