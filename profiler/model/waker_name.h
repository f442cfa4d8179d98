/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a waker is called that is no thread: an interrupt, by what its kernel frames say it did. */
#ifndef BOLOMETER_MODEL_WAKER_NAME_H
#define BOLOMETER_MODEL_WAKER_NAME_H

/*
 * The name for whoever runs this kernel function: "[timer]" of "hrtimer_interrupt", "[softirq:
 * net_rx]" of "net_rx_action". NULL for functions that do not tell.
 */
const char *waker_name_of(const char *function);

#endif
