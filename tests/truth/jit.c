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
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "truth.h"

#define CODE_BYTES  4096
#define COLD_OFFSET 256 /* of the second function in the page */
#define LOOP_STEPS  500000
#define SLICE_NS    (5 * NS_PER_MS)
#define HOT_NAME    "JS:*hot loop app.js:12"
#define COLD_NAME   "JS:~cold loop app.js:40"
#define HOT_PERCENT 70

/* void loop(unsigned long steps): a frame-pointer prologue, and a count down to zero. */
#if defined(__x86_64__)
static const unsigned char code[] = {
	0x55,		  /* push %rbp */
	0x48, 0x89, 0xe5, /* mov %rsp,%rbp */
	0x48, 0xff, 0xcf, /* dec %rdi */
	0x75, 0xfb,	  /* jnz to the dec */
	0x5d,		  /* pop %rbp */
	0xc3,		  /* ret */
};
#elif defined(__aarch64__)
static const unsigned int code[] = {
	0xa9bf7bfd, /* stp x29, x30, [sp, #-16]! */
	0x910003fd, /* mov x29, sp */
	0xf1000400, /* subs x0, x0, #1 */
	0x54ffffe1, /* b.ne to the subs */
	0xa8c17bfd, /* ldp x29, x30, [sp], #16 */
	0xd65f03c0, /* ret */
};
#else
#error "jit.c has no code for this machine"
#endif

/* Two copies of the code in a page of their own: written first, executable then. */
static unsigned char *make_code(void)
{
	unsigned char *page =
		mmap(NULL, CODE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return NULL;
	memcpy(page, code, sizeof(code));
	memcpy(page + COLD_OFFSET, code, sizeof(code));
	if (mprotect(page, CODE_BYTES, PROT_READ | PROT_EXEC))
		return NULL;
	__builtin___clear_cache((char *)page, (char *)page + CODE_BYTES);
	return page;
}

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

static uint64_t jit_caller(const unsigned char *address)
{
	uint64_t start_ns = cpu_ns(), burnt_ns;
	void (*function)(unsigned long steps);

	memcpy(&function, &address, sizeof(function));
	do {
		function(LOOP_STEPS);
		burnt_ns = cpu_ns() - start_ns;
	} while (burnt_ns < SLICE_NS);
	return burnt_ns;
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
