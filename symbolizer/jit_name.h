/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What runtimes write around the names of functions in their perf maps.
 *
 * V8 (node, Chromium) writes what kind of code it is and what has compiled it,
 * "LazyCompile:*run /srv/app.js:10:3" (V8, src/logging/log.cc): a function has
 * as many names as the tiers it went through. The name is what is left.
 */
#ifndef BOLOMETER_SYMBOLIZER_JIT_NAME_H
#define BOLOMETER_SYMBOLIZER_JIT_NAME_H

#include "profiler/model/frame_kind.h"
#include "symbolizer/text.h"

/*
 * Replaces *ret with the function's name and says what kind of code it is: FRAME_INTERPRETER where
 * V8 says that it is interpreted ("~"), else FRAME_JIT. Functions without a name are "(anonymous)",
 * and where they are. Names of other forms stay. Returns 0 or -ENOMEM.
 */
int jit_name(const char *name, size_t len, struct text *ret, enum frame_kind *ret_kind);

#endif
