// SPDX-License-Identifier: GPL-2.0-or-later
/* The command table; see commands.h. */
#include "profiler/commands.h"

#include <string.h>

const char captures_in_common[] =
	"Targets are processes (-p), threads (-t), a cgroup (--cgroup), or PROGRAM, which is\n"
	"started as the calling user and captured until it exits, whose status is then passed\n"
	"on; without any, the whole system. Without -o the graph goes to\n"
	"bolometer-COMMAND-TARGET-TIME.svg. One capture can be drawn in several views, each named\n"
	"like the command that draws it: bolometer offcpu -o a.svg -o offwake:b.svg.\n"
	"Ctrl-C ends a capture early and writes what was captured, a second one ends it without;\n"
	"a PROGRAM that still runs after that, or after -d, goes on. With --every it writes a\n"
	"profile for each interval.\n";

/* A capture: its name, which is that of the view it draws, one line about it, details. */
#define CAPTURE(name, id, about, details)                                                          \
	{                                                                                          \
		name, "[TARGET] [OPTIONS] [-- PROGRAM [ARGS...]]", about, FOR_##id, VIEW_##id,     \
			false, cmd_capture, details                                                \
	}

const struct command commands[] = {
	CAPTURE("cpu", CPU, "time on the CPU, sampled at a fixed rate", ""),
	CAPTURE("offcpu", OFFCPU, "time off the CPU, by the stack that waited",
		"Each wait is timed, from leaving the CPU to running again: blocked until something\n"
		"woke the thread, then waiting for a CPU. What was waited for stands above the stack.\n"
		"Waits that the capture cuts at its begin or end count with the part that was seen.\n"),
	CAPTURE("runq", RUNQ, "time awake but waiting for a CPU, and who ran instead",
		"The time between being woken, or taken off the CPU, and running. Above the stack\n"
		"stands the thread that ran meanwhile.\n"),
	CAPTURE("wakeup", WAKEUP, "who ended the waits: the stacks of the wakers",
		"The waiting time, by the stack of whoever ended the wait, under the thread that\n"
		"waited. Interrupts are called by what they were for: [timer], [softirq: net_rx].\n"),
	CAPTURE("offwake", OFFWAKE, "time off the CPU, and above each stack the one that woke it",
		"As offcpu. The waker's stack stands upside down on the one that waited, so that they\n"
		"meet at the wait; --chain adds whoever had woken the waker.\n"),
	CAPTURE("wall", WALL, "all time, on the CPU, blocked or waiting for one",
		"Time on the CPU is sampled, waits are timed, and both are drawn to one scale: every\n"
		"thread is as wide as the time that it lived.\n"),
	{"render", "FILE... [OPTIONS]", "merge, convert and redraw profiles from files", FOR_RENDER,
	 VIEW_PLAIN, true, cmd_render,
	 "Reads graphs that bolometer wrote (.svg, .html), which keep all that is known of them;\n"
	 "profiles of pprof and speedscope; what perf script prints; stacks as bpftrace and the tools\n"
	 "of bcc print them; and folded stacks. Which it is, is seen from the content. Several files\n"
	 "are added up: of the values those that all of them have, of the circumstances what is the\n"
	 "same in all. FILE - is standard input.\n"
	 "Without -o the graph goes to the first file's name with .svg in place of its suffix, or\n"
	 "to bolometer.svg, unless that file exists. Kernel and JIT frames of text keep their\n"
	 "colours if it was written with --annotate.\n"},
	{"diff", "BEFORE AFTER [OPTIONS]", "compare profiles: what moved, by how much, and how sure",
	 FOR_DIFF, VIEW_PLAIN, true, cmd_diff,
	 "Compares any two files that render reads, or several of a side:\n"
	 "--before a b --after c d. How much figures differ by chance is seen between repeats, which\n"
	 "give the best tests; with one graph a side between the time slices of its capture; of one\n"
	 "text a side it is assumed, and said to be. Functions are the same when their names are,\n"
	 "but for what compilers and packagers put into them. What is not significant stays grey in\n"
	 "the graph; of what is called a change at most 5 % are none, on average. Folded text of a\n"
	 "comparison has two numbers, before and after, which render does not read. Without -o the\n"
	 "graph goes to AFTER's name with .diff.svg in place of its suffix, unless that file exists;\n"
	 "with --fail-on or --verdict there is none.\n"
	 "FUNCTION of a gate is a name, or else an extended regular expression for whole names,\n"
	 "whose functions are taken together. A difference that may be chance breaks no gate.\n"},
	{"doctor", "", "what this machine and this user can do, and how to fix what is missing",
	 FOR_DOCTOR, VIEW_PLAIN, false, cmd_doctor,
	 "Tries each kernel feature in turn. Exit status 0 when every capture works, 1 when one\n"
	 "does not.\n"},
	{"help", "[COMMAND]", "this help, or that of one command; `help man` prints the man page",
	 FOR_HELP, VIEW_PLAIN, true, cmd_help, ""},
	{"version", "", "the version", FOR_HELP, VIEW_PLAIN, false, cmd_version, ""},
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
