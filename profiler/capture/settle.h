/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settling what samples can only estimate with what the books of threads know:
 * how long each thread was on a CPU, and how long in waits of which only some
 * were looked at. Each amount is shared out among the samples that stand for it.
 */
#ifndef BOLOMETER_CAPTURE_SETTLE_H
#define BOLOMETER_CAPTURE_SETTLE_H

#include "profiler/capture/rows.h"
#include "profiler/capture/thread_books.h"

/*
 * After the last row. What no sample stands for gets one of its own, "[not sampled]" or "[not
 * walked]"; samples of threads without books stay as they are. Slices need no settling: their weights share out
 * whatever value a sample has. Returns 0, -ENOMEM or -EOVERFLOW.
 */
int settle(struct rows *rows, struct thread_books *books);

#endif
