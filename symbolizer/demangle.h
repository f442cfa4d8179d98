/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * C++ (Itanium ABI), Rust (legacy and v0) and D names as people write them.
 *
 * Argument lists stay, unless short names are asked for, so that overloads and
 * lambdas are different names, and so do the marks of compilers' copies
 * (" [clone .isra.0]").
 */
#ifndef BOLOMETER_SYMBOLIZER_DEMANGLE_H
#define BOLOMETER_SYMBOLIZER_DEMANGLE_H

#include <stdbool.h>

#include "symbolizer/text.h"

/* Whether the name looks mangled, so that demangle() is worth calling. */
bool demangle_wants(const char *name);

/*
 * Replaces *out with the demangled name. Returns 1 when it did, 0 when the name is to be shown as
 * it is (not mangled after all, too long, or its readable form would be), or -ENOMEM.
 */
int demangle(const char *name, struct text *out);

/*
 * Likewise, in both short forms (short_name.h): the one that keeps apart what is not the same, and
 * the shorter one.
 */
int demangle_short(const char *name, struct text *ret_apart, struct text *ret_short);

#endif
