/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of the files of a series: a path with conversions of strftime() for the time an interval began,
 * and a number where that name is taken. What a name can look like is known exactly, so that the files
 * of a series are told from all others.
 *
 * %Y %m %d %j %H %M %S, %F, %T and %s, each of digits only, and %%; others would depend on the locale.
 */
#ifndef BOLOMETER_SERIES_NAME_H
#define BOLOMETER_SERIES_NAME_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/*
 * The pattern of a path: itself, or, where nothing in it says a time, with "-%Y%m%d-%H%M%S" before its
 * suffix. NULL without memory; otherwise the caller frees.
 */
char *series_name_pattern(const char *path);

/* What is wrong with a pattern, in a static text; NULL when nothing is. */
const char *series_name_wrong(const char *pattern);

/*
 * The path of a pattern that is right, for a moment (local time); a `number` above 1 stands before the
 * suffix: "cpu-20260102-030405-2.svg". NULL without memory; otherwise the caller frees.
 */
char *series_name_make(const char *pattern, time_t moment, unsigned int number);

/* Whether a file's name, without its folder, is one that series_name_make() gives for some moment. */
bool series_name_matches(const char *pattern, const char *name);

#endif
