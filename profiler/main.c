// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bolometer: profiler and flame graph generator for Linux.
 *
 * The rooms, in the order in which a capture passes through them:
 *
 *   options.c, commands.c   what the user wants: tables of options and commands
 *   cmd_*.c                 one file a command, and one for all captures
 *   output.c, push.c        what to write and to send: planned and tried first, done last
 *   capture/                loads and attaches the programs of bpf/, drains their tables
 *   proc/                   what /proc and the kernel say of processes, while they live
 *   file/                   profiles from files, instead of a capture
 *   diff/                   comparing them: alignment, evidence, gates
 *   model/                  profile, stacks, strings; later symbols and the tree
 *   upload/                 sending profiles to a server
 *   symbolize.c             asks symbolizer/ for the names of a profile's addresses
 *   present.c, report.c     tree, report, and the formats of render/
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "profiler/commands.h"
#include "profiler/memory.h"
#include "profiler/model/interrupts.h"
#include "profiler/proc/privileges.h"
#include "profiler/say.h"

#define LARGE_BLOCK_BYTES (256 << 10)

/* Of each thread beside the first: what would be asked for otherwise counts, used or not. */
#define THREAD_STACK_BYTES (1 << 20)

/* Says what kept the options from being understood. Returns the exit status. */
static int refuse(const struct command *command, const char *mistake, int err)
{
	say_error("%s", mistake);
	if (err == -ENOMEM)
		return EXIT_FAILED;
	say("`bolometer help %s` lists its options.", command->name);
	return EXIT_USAGE;
}

/* What only reads and writes files does so as who started it; captures keep some of their own accord. */
static void give_up_privileges(const struct command *command)
{
	int err = command->bit & (FOR_CAPTURES | FOR_DOCTOR) ? 0 : privileges_keep(STAGE_FILES);

	if (err)
		say_note("privileges that are not needed cannot be given up: %s", strerror(-err));
}

static int run(const struct command *command, int argc, char **argv)
{
	struct options options;
	char mistake[512];
	int status = EXIT_USAGE, err;

	options_init(&options);
	err = options_parse(&options, command->bit, argc, argv, mistake, sizeof(mistake));
	if (err) {
		status = refuse(command, mistake, err);
		goto out;
	}
	say_quiet = options.quiet;
	if (options.help) {
		command_print_help(command, stdout);
		status = EXIT_DONE;
		goto out;
	}
	if (options.operands.count && !command->takes_operands) {
		say_error("%s takes no argument %s%s", command->name, options.operands.texts[0],
			  !(command->bit & FOR_CAPTURES)       ? ""
			  : options.pids.count || options.tids.count ? "; several ids are joined by commas"
							       : "; a program to start comes after --");
		goto out;
	}
	give_up_privileges(command);
	status = command->run(command, &options);
	if (status == EXIT_FAILED)
		memory_say_shortage();
out:
	options_fini(&options);
	return status;
}

/* A caller may have closed them; no file that is opened later may take their place. */
static void keep_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/*
 * Large blocks go back to the system when they are freed: call-frame information and symbols are
 * read file by file, and what one file took would otherwise stay until the end.
 */
static void return_freed_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES);
	mallopt(M_TRIM_THRESHOLD, LARGE_BLOCK_BYTES);
}

static void want_small_stacks(void)
{
	pthread_attr_t attr;

	if (pthread_attr_init(&attr))
		return;
	pthread_attr_setstacksize(&attr, THREAD_STACK_BYTES);
	pthread_setattr_default_np(&attr);
	pthread_attr_destroy(&attr);
}

/* Results that did not reach standard output are a failure, not a success. */
static int finish(int status)
{
	if ((fflush(stdout) || ferror(stdout)) && !status) {
		say_error("cannot write to standard output");
		return EXIT_FAILED;
	}
	return status;
}

int main(int argc, char **argv)
{
	const struct command *command;
	const char *name = argc > 1 ? argv[1] : NULL;

	keep_standard_descriptors();
	interrupts_watch(false);
	return_freed_memory();
	want_small_stacks();
	if (!name) {
		command_print_usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(name, "--help") || !strcmp(name, "-h"))
		name = "help";
	if (!strcmp(name, "--version") || !strcmp(name, "-V"))
		name = "version";
	command = command_find(name);
	if (!command) {
		say_error("there is no command %s", name);
		command_print_usage(stderr);
		return EXIT_USAGE;
	}
	return finish(run(command, argc - 1, argv + 1));
}
