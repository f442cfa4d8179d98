// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * jitmove HOW [SECONDS of CPU time]: machine code made at run time that is moved, and whose memory is used again,
 * while it runs. Three functions, one after the other, are at the first of two places; each moves to
 * the second one when the next comes, and runs there for 30 percent of that time. HOW the process
 * says so:
 *
 *	append   a perf map that goes on
 *	rewrite  a perf map that is written anew, with what there is now
 *	replace  the same, as a file that takes the place of the one before
 *	dump     a jitdump, with load, move and debug records
 *
 * The files are deleted at the end: who wants them has to have them by then. Right answer: each name
 * has its share.
 */
#include <fcntl.h>
#include <unistd.h>

#include "jit_code.h"

#define PHASES	      3
#define MOVED_PERCENT 30

static const char *const names[PHASES] = {"early", "middle", "late"};

static char path[64];

static int open_map(int flags)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | flags, 0644);

	if (fd < 0)
		exit(1);
	return fd;
}

static void say_code(int fd, const unsigned char *at, int phase)
{
	if (phase >= 0)
		dprintf(fd, "%lx %zx %s\n", (unsigned long)at, sizeof(code), names[phase]);
}

static void append(const unsigned char *page, int phase)
{
	int fd = open_map(O_APPEND);

	say_code(fd, page + COLD_OFFSET, phase - 1);
	say_code(fd, page, phase);
	close(fd);
}

static void rewrite(const unsigned char *page, int phase)
{
	int fd = open_map(O_TRUNC);

	say_code(fd, page, phase);
	say_code(fd, page + COLD_OFFSET, phase - 1);
	close(fd);
}

static void replace(const unsigned char *page, int phase)
{
	char final[sizeof(path)];

	memcpy(final, path, sizeof(path));
	snprintf(path, sizeof(path), "/tmp/jitmove-%d", (int)getpid());
	rewrite(page, phase);
	rename(path, final);
	memcpy(path, final, sizeof(path));
}

/* ---- jitdump (tools/perf/Documentation/jitdump-specification.txt) ------------------------------ */

struct header {
	uint32_t magic, version, size, machine, pad, pid;
	uint64_t time_ns, flags;
};

struct load {
	uint32_t id, size;
	uint64_t time_ns;
	uint32_t pid, tid;
	uint64_t vma, addr, code_size, index;
};

struct move {
	uint32_t id, size;
	uint64_t time_ns;
	uint32_t pid, tid;
	uint64_t vma, from, to, code_size, index;
};

struct lines {
	uint32_t id, size;
	uint64_t time_ns, addr, count;
};

struct line {
	uint64_t addr;
	int32_t line, discriminator;
};

#define SOURCE	    "/srv/app.js"
#define SAME_SOURCE "\377"

static int dump_fd = -1;

static void put(const void *bytes, size_t size)
{
	if (write(dump_fd, bytes, size) != (ssize_t)size)
		exit(1);
}

/* The file, mapped as code: that is how profilers learn of it. */
static void begin_dump(void)
{
	struct header header = {
		.magic = 0x4a695444,
		.version = 1,
		.size = sizeof(header),
		.pid = (uint32_t)getpid(),
		.time_ns = wall_ns(),
	};

	dump_fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (dump_fd < 0)
		exit(1);
	put(&header, sizeof(header));
	if (mmap(NULL, CODE_BYTES, PROT_READ | PROT_EXEC, MAP_PRIVATE, dump_fd, 0) == MAP_FAILED)
		exit(1);
}

/* Of the first byte, and of the loop, which begins at the fourth. */
static void put_lines(const unsigned char *at, int phase)
{
	struct line first = {(uint64_t)(uintptr_t)at, 10 * phase + 1, 0};
	struct line loop = {(uint64_t)(uintptr_t)at + 4, 10 * phase + 2, 0};
	struct lines lines = {
		.id = 2,
		.size = sizeof(lines) + 2 * sizeof(first) + sizeof(SOURCE) + sizeof(SAME_SOURCE),
		.time_ns = wall_ns(),
		.addr = (uint64_t)(uintptr_t)at,
		.count = 2,
	};

	put(&lines, sizeof(lines));
	put(&first, sizeof(first));
	put(SOURCE, sizeof(SOURCE));
	put(&loop, sizeof(loop));
	put(SAME_SOURCE, sizeof(SAME_SOURCE));
}

static void put_load(const unsigned char *at, int phase)
{
	size_t name = strlen(names[phase]) + 1;
	struct load load = {
		.id = 0,
		.size = (uint32_t)(sizeof(load) + name + sizeof(code)),
		.time_ns = wall_ns(),
		.pid = (uint32_t)getpid(),
		.tid = (uint32_t)getpid(),
		.vma = (uint64_t)(uintptr_t)at,
		.addr = (uint64_t)(uintptr_t)at,
		.code_size = sizeof(code),
		.index = (uint64_t)phase + 1,
	};

	put(&load, sizeof(load));
	put(names[phase], name);
	put(code, sizeof(code));
}

static void put_move(const unsigned char *from, const unsigned char *to, int phase)
{
	struct move move = {
		.id = 1,
		.size = sizeof(move),
		.time_ns = wall_ns(),
		.pid = (uint32_t)getpid(),
		.tid = (uint32_t)getpid(),
		.vma = (uint64_t)(uintptr_t)to,
		.from = (uint64_t)(uintptr_t)from,
		.to = (uint64_t)(uintptr_t)to,
		.code_size = sizeof(code),
		.index = (uint64_t)phase + 1,
	};

	put(&move, sizeof(move));
}

static void dump(const unsigned char *page, int phase)
{
	if (!phase)
		begin_dump();
	else
		put_move(page, page + COLD_OFFSET, phase - 1);
	put_lines(page, phase);
	put_load(page, phase);
}

/* ------------------------------------------------------------------------------------------------ */

static const struct way {
	const char *word, *file;
	void (*tell)(const unsigned char *page, int phase);
} ways[] = {
	{"append", "/tmp/perf-%d.map", append},
	{"rewrite", "/tmp/perf-%d.map", rewrite},
	{"replace", "/tmp/perf-%d.map", replace},
	{"dump", "/tmp/jit-%d.dump", dump},
};

static const struct way *way_of(const char *word)
{
	for (size_t i = 0; word && i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (!strcmp(word, ways[i].word))
			return &ways[i];
	}
	fprintf(stderr, "jitmove append|rewrite|replace|dump [SECONDS]\n");
	exit(2);
}

static void run_phase(const unsigned char *page, int phase, uint64_t length_ns,
		      struct path_time *paths)
{
	uint64_t here_ns = 0, moved_ns = 0;

	while (here_ns + moved_ns < length_ns) {
		if (phase && moved_ns * 100 < (here_ns + moved_ns) * MOVED_PERCENT)
			moved_ns += jit_caller(page + COLD_OFFSET);
		else
			here_ns += jit_caller(page);
	}
	paths[phase].cpu_ns += here_ns;
	if (phase)
		paths[phase - 1].cpu_ns += moved_ns;
}

int main(int argc, char **argv)
{
	const struct way *way = way_of(argv[1]);
	double seconds = argc > 2 ? number_argument(argv[2], 0.01, 3600) : 3;
	struct path_time paths[PHASES] = {{names[0], 0}, {names[1], 0}, {names[2], 0}};
	unsigned char *page = make_code();

	if (!page)
		return 1;
	snprintf(path, sizeof(path), way->file, (int)getpid());
	for (int phase = 0; phase < PHASES; phase++) {
		way->tell(page, phase);
		run_phase(page, phase, (uint64_t)(seconds * 1e9 / PHASES), paths);
	}
	unlink(path);
	print_shares(paths, PHASES);
	return 0;
}
