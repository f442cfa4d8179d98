// SPDX-License-Identifier: GPL-2.0-or-later
/* `help`, `version` and the man page, from the command and option tables. */
#include <string.h>

#include "profiler/commands.h"
#include "profiler/model/alloc.h"
#include "profiler/say.h"

#define EXIT_STATUS_TEXT                                                                           \
	"0 done; 1 failed, also when only part of the output could be written; 2 wrong usage;\n"   \
	"3 what --fail-on of diff forbids;\n"                                                   \
	"with -- PROGRAM the program's own status when the capture itself succeeded\n"             \
	"(128 + N when signal N ended it).\n"

static const char environment_text[] =
	"DEBUGINFOD_URLS: servers that debug files may be fetched from, separated by spaces, unless\n"
	"there is --no-debuginfod. sudo passes it on with --preserve-env=DEBUGINFOD_URLS.\n"
	"What is fetched is kept as by other programs of elfutils, in DEBUGINFOD_CACHE_PATH or\n"
	".cache/debuginfod_client in the home folder of the user who called sudo, and is written as\n"
	"that user. DEBUGINFOD_TIMEOUT: seconds in which a server must send 100 kB, 30 if not set.\n"
	"DEBUGINFOD_MAXTIME and DEBUGINFOD_MAXSIZE: seconds and bytes that one file may take, 600\n"
	"and 2 GiB if not set.\n";

static const char privileges_text[] =
	"Captures need CAP_BPF and CAP_PERFMON, and for all names CAP_SYS_PTRACE,\n"
	"CAP_DAC_READ_SEARCH, CAP_CHECKPOINT_RESTORE and CAP_SYSLOG, which root has; `bolometer doctor`\n"
	"says which are missing, and how to give them to a user. Files need none. Programs, libraries and\n"
	"debug files are read by processes that can do nothing else, unless there is --no-confine.\n";

void command_print_usage(FILE *out)
{
	fputs("usage: bolometer COMMAND [TARGET] [OPTIONS] [-- PROGRAM [ARGS...]]\n\n", out);
	for (const struct command *command = commands; command->name; command++)
		fprintf(out, "  %-9s %s\n", command->name, command->about);
	fputs("\n`bolometer help COMMAND` lists its options.\n"
	      "Try: sudo bolometer cpu -p PID -d 30 -o hot.svg\n", out);
}

void command_print_help(const struct command *command, FILE *out)
{
	const char *texts[] = {command->details,
			       command->bit & FOR_CAPTURES ? captures_in_common : ""};

	fprintf(out, "usage: bolometer %s%s%s\n\n%s\n\n", command->name,
		*command->arguments ? " " : "", command->arguments, command->about);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		fprintf(out, "%s%s", texts[i], *texts[i] ? "\n" : "");
	options_print_help(command->bit, out);
}

static void print_man(FILE *out)
{
	fputs(".TH BOLOMETER 1 \"\" \"bolometer " BOLOMETER_VERSION "\"\n"
	      ".SH NAME\nbolometer \\- profiler and flame graph generator for Linux\n"
	      ".SH SYNOPSIS\n", out);
	for (const struct command *command = commands; command->name; command++) {
		fprintf(out, ".B bolometer %s\n", command->name);
		man_print(command->arguments, out);
		fputs(*command->arguments ? "\n.br\n" : ".br\n", out);
	}
	fputs(".SH DESCRIPTION\n"
	      "Aggregates stacks in the kernel with BPF, names them, and draws flame graphs.\n"
	      "Results go to files or standard output, everything else to standard error.\n"
	      ".SH COMMANDS\n", out);
	for (const struct command *command = commands; command->name; command++) {
		fprintf(out, ".TP\n\\fB%s\\fR\n", command->name);
		man_print(command->about, out);
		fputs(".\n", out);
		man_print(command->details, out);
	}
	fputs(".SH CAPTURES\n", out);
	man_print(captures_in_common, out);
	fputs(".SH OPTIONS\n", out);
	options_print_man(out);
	fputs(".SH PRIVILEGES\n", out);
	man_print(privileges_text, out);
	fputs(".SH ENVIRONMENT\n", out);
	man_print(environment_text, out);
	fputs(".SH EXIT STATUS\n", out);
	man_print(EXIT_STATUS_TEXT, out);
	fputs(".SH SEE ALSO\n.BR perf (1),\n.BR bpftool (8)\n", out);
}

int cmd_help(const struct command *command, const struct options *options)
{
	const struct command *about;
	const char *topic;

	if (!options->operands.count) {
		command_print_usage(stdout);
		return EXIT_DONE;
	}
	topic = options->operands.texts[0];
	if (!strcmp(topic, "man")) {
		print_man(stdout);
		return EXIT_DONE;
	}
	about = command_find(topic);
	if (!about) {
		say_error("there is no command %s; `bolometer help` lists them", topic);
		return EXIT_USAGE;
	}
	command_print_help(about, stdout);
	return EXIT_DONE;
}

int cmd_version(const struct command *command, const struct options *options)
{
	puts("bolometer " BOLOMETER_VERSION);
	return EXIT_DONE;
}
