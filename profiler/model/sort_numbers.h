/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sorting of numbers, ascending: what qsort() would call a function for each time it compares. */
#ifndef BOLOMETER_MODEL_SORT_NUMBERS_H
#define BOLOMETER_MODEL_SORT_NUMBERS_H

#include <stddef.h>
#include <stdint.h>

/* `scratch` has room for `count`, too. Never more than count * log2(count) comparisons. */
void sort_numbers(uint64_t *numbers, size_t count, uint64_t *scratch);

#endif
