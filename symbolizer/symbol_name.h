/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of several names of one function people expect to see. */
#ifndef BOLOMETER_SYMBOLIZER_SYMBOL_NAME_H
#define BOLOMETER_SYMBOLIZER_SYMBOL_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "symbolizer/text_index.h"

struct symbol_name {
	const char *text;
	size_t len;
	enum symbol_rank rank;
};

/*
 * The length of a name without the mark of a default version: linkers write "memcpy@@GLIBC_2.14"
 * where everybody says memcpy. "memcpy@GLIBC_2.2.5", the old one, is another function and keeps
 * its mark.
 */
size_t symbol_name_len(const char *text, size_t len);

/*
 * Whether `a` is the better name. In this order: known outside its file, of the default version,
 * fewer underscores in front, global rather than weak (C libraries define write() weak and
 * __write() global, so underscores say more), shorter, and last the order of the bytes.
 */
bool symbol_name_better(const struct symbol_name *a, const struct symbol_name *b);

#endif
