/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the program says to people: everything goes to standard error, one line
 * each, without control characters. Only main.c and the command layer speak;
 * the rooms below return errors.
 */
#ifndef BOLOMETER_SAY_H
#define BOLOMETER_SAY_H

#include <stdbool.h>
#include <stddef.h>

/* Exit status of the program. */
enum exit_status {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_GATE = 3, /* a comparison found what --fail-on forbids */
	/* As shells, env and timeout have it, of the program of `-- PROGRAM`. */
	EXIT_CANNOT_RUN = 126,
	EXIT_NO_PROGRAM = 127,
};

/* -q: only errors are said. */
extern bool say_quiet;

/* Something failed since there was no memory. */
extern bool say_lacked_memory;

/* "bolometer: ..." for what ends or harms the work. */
__attribute__((format(printf, 1, 2))) void say_error(const char *format, ...);

/* "bolometer: note: ...", unless quiet. */
__attribute__((format(printf, 1, 2))) void say_note(const char *format, ...);

/* A line that belongs to an error, as it is. */
__attribute__((format(printf, 1, 2))) void say_more(const char *format, ...);

/* A line of a report, as it is; unless quiet. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);

/*
 * Text of foreign origin made harmless for a terminal: control characters and bytes that are not
 * UTF-8 become '?'. Returns buffer, which is always NUL-terminated.
 */
const char *say_clean(const char *text, char *buffer, size_t size);

#endif
