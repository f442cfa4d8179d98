/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the library of binding.c exports: short_call(), and TARGETS functions that do
 * nothing, named target_000 to target_777.
 */
#ifndef TESTS_TRUTH_UNWIND_BINDING_H
#define TESTS_TRUTH_UNWIND_BINDING_H

#include <stdint.h>

/* EACH(X) makes X(000) X(001) ... X(777). */
#define EACH_8(X, n)  X(n##0) X(n##1) X(n##2) X(n##3) X(n##4) X(n##5) X(n##6) X(n##7)
#define EACH_64(X, n) \
	EACH_8(X, n##0) EACH_8(X, n##1) EACH_8(X, n##2) EACH_8(X, n##3) \
	EACH_8(X, n##4) EACH_8(X, n##5) EACH_8(X, n##6) EACH_8(X, n##7)
#define EACH(X) \
	EACH_64(X, 0) EACH_64(X, 1) EACH_64(X, 2) EACH_64(X, 3) \
	EACH_64(X, 4) EACH_64(X, 5) EACH_64(X, 6) EACH_64(X, 7)

uint64_t short_call(uint64_t x);

#define DECLARE(n) uint64_t target_##n(uint64_t x);
EACH(DECLARE)
#undef DECLARE

#endif
