// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ending STATUS | ending -SIGNAL: burns some CPU time, prints who runs it as
 * "uid N gid N groups N" and ends with STATUS, or by SIGNAL. For what a capture passes
 * on from the program it started.
 */
#include <signal.h>
#include <unistd.h>

#include "truth.h"

#define BURN_MS 100

int main(int argc, char **argv)
{
	int how = argc > 1 ? (int)number_argument(argv[1], -64, 255) : 0;

	burn(BURN_MS * NS_PER_MS);
	printf("uid %u gid %u groups %d\n", (unsigned)getuid(), (unsigned)getgid(),
	       getgroups(0, NULL));
	fflush(stdout);
	if (how < 0)
		raise(-how);
	return how;
}
