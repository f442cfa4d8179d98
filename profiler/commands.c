// SPDX-License-Identifier: GPL-2.0-or-later
/* The command table; see commands.h. */
#include "profiler/commands.h"

#include <string.h>

const struct command commands[] = {
	{"cpu", "[TARGET] [OPTIONS] [-- PROGRAM [ARGS...]]",
	 "time on the CPU, sampled at a fixed rate", FOR_CPU, false, cmd_cpu,
	 "Targets are processes (-p), threads (-t), a cgroup (--cgroup), or PROGRAM, which is\n"
	 "started as the calling user and captured until it exits, whose status is then passed\n"
	 "on; without any, the whole system. Without -o the graph goes to\n"
	 "bolometer-cpu-TARGET-TIME.svg. Ctrl-C ends a capture early and writes what was\n"
	 "captured; a PROGRAM that still runs after that, or after -d, goes on.\n"},
	{"render", "FILE... [OPTIONS]", "merge, convert and redraw profiles from files", FOR_RENDER,
	 true, cmd_render,
	 "Reads folded stacks; several files are added up. FILE - is standard input.\n"
	 "Without -o the graph goes to the first file's name with .svg in place of its suffix, or\n"
	 "to bolometer.svg, unless that file exists. Kernel and JIT frames keep their colours if\n"
	 "the text was written with --annotate.\n"},
	{"doctor", "", "what this machine and this user can do, and how to fix what is missing",
	 FOR_DOCTOR, false, cmd_doctor,
	 "Tries each kernel feature in turn. Exit status 0 when every capture works, 1 when one\n"
	 "does not.\n"},
	{"help", "[COMMAND]", "this help, or that of one command; `help man` prints the man page",
	 FOR_HELP, true, cmd_help, ""},
	{"version", "", "the version", FOR_HELP, false, cmd_version, ""},
	{0},
};

const struct command *command_find(const char *name)
{
	for (const struct command *command = commands; command->name; command++) {
		if (!strcmp(command->name, name))
			return command;
	}
	return NULL;
}
