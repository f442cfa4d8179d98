/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command table. A new command is a file cmd_NAME.c and a line in
 * commands.c; a capture that draws a view is the line only.
 */
#ifndef BOLOMETER_COMMANDS_H
#define BOLOMETER_COMMANDS_H

#include <stdio.h>

#include "profiler/model/view.h"
#include "profiler/options.h"

struct command {
	const char *name;
	const char *arguments;	/* after the name, in the usage line */
	const char *about;	/* one line */
	enum command_set bit;	/* which options it takes */
	enum view_id view;	/* captures: what they draw; otherwise VIEW_PLAIN */
	bool takes_operands;
	/* Returns the exit status. */
	int (*run)(const struct command *command, const struct options *options);
	const char *details;	/* what a reader of the help wants to know besides */
};

/* What all captures have in common, for their help; the other details come before it. */
extern const char captures_in_common[];

extern const struct command commands[]; /* ended by one whose name is NULL */

/* The command of that name, or NULL. */
const struct command *command_find(const char *name);

/* Each in its own file; all captures are one. */
int cmd_capture(const struct command *command, const struct options *options);
int cmd_render(const struct command *command, const struct options *options);
int cmd_diff(const struct command *command, const struct options *options);
int cmd_doctor(const struct command *command, const struct options *options);
int cmd_help(const struct command *command, const struct options *options);
int cmd_version(const struct command *command, const struct options *options);

void command_print_usage(FILE *out);
void command_print_help(const struct command *command, FILE *out);

#endif
