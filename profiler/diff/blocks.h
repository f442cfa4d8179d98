/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks of waits, and how they divide among the sides: the test of waits that
 * are few, or of which a few are nearly all the time.
 *
 * When nothing changed and waits begin independently, each of them falls on
 * either side with the probability that the side's length gives it, however
 * long it is; so, given the waits that there were, every division of them has a
 * known probability, whatever lengths waits have. That is a permutation test of
 * marked Poisson processes (Davison & Hinkley, Bootstrap Methods and their
 * Application, 4.3), and it needs no number of waits to be exact. Divisions are
 * not drawn but counted out, all of them.
 *
 * Single waits are not known, but what units of time have: what is in one is
 * taken together, which makes the test more careful, and a wait that lasted
 * through several is put together again.
 */
#ifndef BOLOMETER_DIFF_BLOCKS_H
#define BOLOMETER_DIFF_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>

#include "profiler/diff/timed.h"

#define BLOCKS_MAX ((size_t)2 * TIMED_UNITS_MAX)

/* All zero: none. */
struct blocks {
	double amounts[BLOCKS_MAX];
	size_t count;
	double squares; /* of the amounts */
};

/*
 * Adds the blocks of one side: its units that are not empty, next ones put together until their
 * squares are no less than those of its single waits. The squares are in the square of the units'.
 */
void blocks_add(struct blocks *blocks, const float *units, size_t nr_units, double squares);

/*
 * How unlikely it is that a side on which each block falls with probability `share` has `amount` of
 * them or is further off its part; never less than the exact probability, and more by some 1 %.
 * `dispersion` is by how much the amount varies more than by independent waits. Takes time with the
 * count only, and no memory.
 */
double blocks_p(const struct blocks *blocks, double share, double amount, double dispersion);

#endif
