/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Versions of the data block of a graph, which render/ writes and profiler/file/ reads. */
#ifndef BOLOMETER_MODEL_BLOCK_VERSION_H
#define BOLOMETER_MODEL_BLOCK_VERSION_H

/* Raised when an older reader would misread the block; docs/FORMAT.md says what was new in each. */
#define BLOCK_VERSION 2

/* Of blocks with a comparison in them, which are read by the page only: two sides are no profile. */
#define BLOCK_VERSION_DIFF 3

#endif
