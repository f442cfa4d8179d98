/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Readable names made short, for `--demangle short`.
 *
 * There are two short forms. What both drop is the contents of templates and
 * generics, so that the instances of one are one: "std::vector<>::push_back".
 * The one that keeps things apart has everything else, and so never is the same
 * for two overloads or lambdas. The shorter one is without lists of arguments,
 * too, wherever they stand ("app::run::{lambda#1}::operator()"), and may be the
 * same for several functions; whoever shows it has to look for that.
 */
#ifndef BOLOMETER_SYMBOLIZER_SHORT_NAME_H
#define BOLOMETER_SYMBOLIZER_SHORT_NAME_H

#include <stdbool.h>

#include "symbolizer/text.h"

enum name_language { NAME_CXX, NAME_RUST, NAME_D };

/*
 * Replaces *out with the short form of a name as its demangler wrote it, without the type it
 * returns: the one without arguments, or the one that keeps apart. Of Rust, which has no overloads
 * but implementations of traits, "<Type<> as Trait<>>::f" is the shorter form, and what keeps apart
 * has these brackets whole. A name whose brackets do not match stays as it is. 0 or -ENOMEM.
 */
int short_name(const char *name, size_t len, enum name_language language, bool keep_apart,
	       struct text *out);

/*
 * The length of a name, as a symbol table has it, without what compilers put behind the names of
 * copies and pieces of functions: .isra.N, .constprop.N, .part.N, .cold, .llvm.N, .lto_priv.N.
 */
size_t short_name_fold(const char *name, size_t len);

#endif
