/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of options: text to field, by the type of the field. Each returns NULL,
 * or what is wrong in words that follow "--option VALUE: ".
 */
#ifndef BOLOMETER_OPTION_VALUES_H
#define BOLOMETER_OPTION_VALUES_H

typedef const char *option_parser(const char *text, void *field);

/* What is said where nothing is wrong with the value. */
extern const char option_no_memory[];

option_parser parse_flag;      /* bool: set; takes no text */
option_parser parse_text;      /* const char *; not empty */
option_parser parse_folder;    /* const char *; one that is there */
option_parser parse_texts;     /* struct text_list: appended */
option_parser parse_duration;  /* uint64_t nanoseconds, above 0, to a year: 30, 500ms, 1.5m */
option_parser parse_span;      /* uint64_t nanoseconds, likewise: 1m, 7d */
option_parser parse_count;     /* uint64_t, above 0 */
option_parser parse_wait;      /* uint64_t nanoseconds, likewise */
option_parser parse_states;    /* unsigned int, set of enum wait_state: added to; disk,idle */
option_parser parse_chain;     /* uint64_t, 1 to WAKER_CHAIN_MAX */
option_parser parse_percent;   /* uint64_t parts per million, 0 to 100 percent: 3, 0.5, 2% */
option_parser parse_frequency; /* uint64_t hertz, above 0 */
option_parser parse_entries;   /* uint64_t, 64 to 16777216 */
option_parser parse_slices;    /* uint64_t, 2 to SLICES_MAX, or 0 */
option_parser parse_ids;       /* struct number_list: 1,2,3; each above 0 */
option_parser parse_cpus;      /* struct number_list: 0-3,5 */
option_parser parse_group;     /* enum group_key */
option_parser parse_demangle;  /* enum demangle_style: full, short, none */
option_parser parse_no_demangle; /* enum demangle_style: none; takes no text */
option_parser parse_unwind;    /* enum unwind_way: auto, cfi, fp */
option_parser parse_normalisation; /* enum normalisation: total, time, none */
option_parser parse_megabytes; /* uint64_t bytes, 1 to 1024 MB */
option_parser parse_size;      /* uint64_t bytes, with a unit: 512M */

#endif
