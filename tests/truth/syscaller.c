// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * syscaller [SECONDS]: 60 % of the CPU time in user mode, 40 % in the kernel, which
 * makes random bytes for large reads.
 *
 * Right answer: in_user and in_kernel have those shares; samples with kernel frames have
 * the share of in_kernel. With --user the kernel frames are gone and the shares stay;
 * with --kernel only kernel frames are left.
 */
#include <fcntl.h>
#include <unistd.h>

#include "truth.h"

#define USER_PERCENT 60
#define SLICE_NS     (4 * NS_PER_MS)

static unsigned char buffer[64 * 1024]; /* some 100 us of work for the kernel */
static int random_fd;

static uint64_t in_user(void)
{
	return burn(SLICE_NS);
}

/* A function of its own: a walk along frame pointers loses the caller of a system-call stub. */
static void read_random(void)
{
	if (read(random_fd, buffer, sizeof(buffer)) != sizeof(buffer))
		exit(1);
}

static uint64_t in_kernel(void)
{
	uint64_t start_ns = cpu_ns(), burnt_ns;

	do {
		read_random();
		burnt_ns = cpu_ns() - start_ns;
	} while (burnt_ns < SLICE_NS);
	return burnt_ns;
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? number_argument(argv[1], 0.01, 3600) : 5;
	uint64_t end_ns = wall_ns() + (uint64_t)(seconds * 1e9);
	struct path_time paths[] = {{.name = "in_user"}, {.name = "in_kernel"}};

	random_fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	if (random_fd < 0) {
		perror("/dev/urandom");
		return 1;
	}
	while (wall_ns() < end_ns) {
		if (paths[0].cpu_ns * (100 - USER_PERCENT) <= paths[1].cpu_ns * USER_PERCENT)
			paths[0].cpu_ns += in_user();
		else
			paths[1].cpu_ns += in_kernel();
	}
	print_shares(paths, 2);
	return 0;
}
