/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers for people, the same in every locale: 2,970 samples, 1.23 s, 22.3 %.
 * Three significant digits where the unit can be chosen, all digits of a count.
 */
#ifndef BOLOMETER_RENDER_NUMBER_H
#define BOLOMETER_RENDER_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* Long enough for every result here. */
#define NUMBER_TEXT_MAX 64

/* "2,970". */
void number_count(char text[NUMBER_TEXT_MAX], int64_t count);

/* "1.23 s", "430 us" with the sign for micro, "2 min 5 s", "3 h 20 min". */
void number_duration(char text[NUMBER_TEXT_MAX], int64_t ns);

/* "1.23 MiB". */
void number_bytes(char text[NUMBER_TEXT_MAX], int64_t bytes);

/* "22.3 %", "0.04 %", "100 %"; "0 %" for 0 of 0. */
void number_share(char text[NUMBER_TEXT_MAX], int64_t part, int64_t whole);

/* "2026-11-20 10:51 UTC". */
void number_time(char text[NUMBER_TEXT_MAX], uint64_t unix_ns);

/*
 * An amount with its unit, which is one of pprof's: "nanoseconds" (and micro-, milliseconds,
 * seconds) as a duration, "bytes", otherwise a count without a word.
 */
void number_amount(char text[NUMBER_TEXT_MAX], int64_t amount, const char *unit);

#endif
