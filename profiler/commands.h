/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command table. A new command is a file cmd_NAME.c and a line in
 * commands.c.
 */
#ifndef BOLOMETER_COMMANDS_H
#define BOLOMETER_COMMANDS_H

#include <stdio.h>

#include "profiler/options.h"

struct command {
	const char *name;
	const char *arguments;	/* after the name, in the usage line */
	const char *about;	/* one line */
	enum command_set bit;	/* which options it takes */
	bool takes_operands;
	int (*run)(const struct options *options); /* returns the exit status */
	const char *details;	/* what a reader of the help wants to know besides */
};

extern const struct command commands[]; /* ended by one whose name is NULL */

/* The command of that name, or NULL. */
const struct command *command_find(const char *name);

/* Each in its own file. */
int cmd_cpu(const struct options *options);
int cmd_render(const struct options *options);
int cmd_doctor(const struct options *options);
int cmd_help(const struct options *options);
int cmd_version(const struct options *options);

void command_print_usage(FILE *out);
void command_print_help(const struct command *command, FILE *out);

#endif
