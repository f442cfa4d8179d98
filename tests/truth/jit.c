// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * jit [SECONDS]: machine code made at run time, in anonymous memory, as a compiler
 * for a dynamic language would; named by /tmp/perf-PID.map alone. Two functions share
 * the CPU time 70 to 30; the names hold spaces and a colon, as such names do.
 *
 * Right answer: both names have their shares, below jit_caller. Prints also "map FILE";
 * the file stays, as other programs leave theirs, and is for the caller to remove.
 */
#include <fcntl.h>
#include <unistd.h>

#include "jit_code.h"

#define HOT_NAME    "JS:*hot loop app.js:12"
#define COLD_NAME   "JS:~cold loop app.js:40"
#define HOT_PERCENT 70

/* START SIZE NAME in hexadecimal, a line each (tools/perf/Documentation/jit-interface.txt). */
static int write_map(const unsigned char *page, char *path, size_t size)
{
	int fd;

	snprintf(path, size, "/tmp/perf-%d.map", (int)getpid());
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -1;
	dprintf(fd, "%lx %zx %s\n", (unsigned long)page, sizeof(code), HOT_NAME);
	dprintf(fd, "%lx %zx %s\n", (unsigned long)page + COLD_OFFSET, sizeof(code), COLD_NAME);
	return close(fd);
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? number_argument(argv[1], 0.01, 3600) : 2;
	uint64_t end_ns = wall_ns() + (uint64_t)(seconds * 1e9);
	struct path_time paths[] = {{.name = "hot"}, {.name = "cold"}};
	unsigned char *page = make_code();
	char path[64];

	if (!page || write_map(page, path, sizeof(path))) {
		perror("jit");
		return 1;
	}
	while (wall_ns() < end_ns) {
		int cold = paths[1].cpu_ns * HOT_PERCENT < paths[0].cpu_ns * (100 - HOT_PERCENT);

		paths[cold].cpu_ns += jit_caller(page + (cold ? COLD_OFFSET : 0));
	}
	print_shares(paths, 2);
	printf("map %s\n", path);
	return 0;
}
