/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of the same function in two builds: what compilers, linkers and
 * packagers put into a name that says nothing of what the function does.
 */
#ifndef BOLOMETER_DIFF_NAMES_H
#define BOLOMETER_DIFF_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The name without its build, in at most `len` bytes (no NUL): without the suffixes of clones
 * (foo.isra.0, foo.cold, "foo() [clone .part.1]") and the hash of Rust (::h0123456789abcdef); with *
 * for the numbers of lambdas and closures ({lambda()#2}, {closure#0}, $_1, lambda$f$3, f.func1) and
 * for addresses (0x7f12); and without the version of a library (libz.so.1.2.13, libssl-3.so).
 * Applied twice it changes nothing more. Returns the length.
 */
size_t name_canonical(const char *name, size_t len, char *canonical);

/* One --rename REGEX=TEXT. */
struct rename_rule;

/*
 * Compiles a POSIX extended regular expression and what stands behind the last '=' for each of its
 * matches; \1 to \9 are its parts. Returns 0, -ENOMEM, or -EINVAL with what is wrong in
 * `ret_mistake`.
 */
int rename_rule_new(const char *text, struct rename_rule **ret_rule, char *ret_mistake,
		    size_t mistake_size);
void rename_rule_free(struct rename_rule *rule);

/*
 * Replaces every match in a NUL-terminated name. Returns 1 and the new name, which the caller
 * frees; 0 when there is no match; -ENOMEM.
 */
int rename_apply(const struct rename_rule *rule, const char *name, char **ret_name);

#endif
