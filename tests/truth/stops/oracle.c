// SPDX-License-Identifier: GPL-2.0-or-later
/* Running eu-stack and reading what it prints; see oracle.h. */
#include "tests/truth/stops/oracle.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/*
 * "#3  0x000055d1... - 1": one frame, called; without the end, one that was interrupted. All else
 * it prints on standard output is the thread's number.
 */
static void read_line(const char *line, struct oracle_stack *stack)
{
	unsigned number;
	uint64_t addr;

	if (sscanf(line, "#%u 0x%" SCNx64, &number, &addr) == 2) {
		if (number == stack->count && stack->count < ORACLE_FRAMES_MAX)
			stack->addrs[stack->count++] = addr + (number && !strstr(line, " - 1"));
	} else if (strncmp(line, "TID ", 4)) {
		snprintf(stack->message, sizeof(stack->message), "%.*s", (int)strcspn(line, "\n"),
			 line);
	}
}

int oracle_ask(pid_t tid, struct oracle_stack *ret_stack)
{
	char command[128], line[512];
	FILE *pipe;
	int status;

	/* One thread, no names, no end to the frames. */
	snprintf(command, sizeof(command), "exec eu-stack -1 -q -a -n 0 -p %d 2>&1", (int)tid);
	ret_stack->count = 0;
	ret_stack->message[0] = '\0';
	pipe = popen(command, "re");
	if (!pipe)
		return -errno;
	while (fgets(line, sizeof(line), pipe))
		read_line(line, ret_stack);
	status = pclose(pipe);
	ret_stack->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	return ret_stack->status == 127 ? -ENOENT : 0;
}
