/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors that are kept for as long as the capture lasts, of files that others make: there may be as
 * many as they like, and some must be left for what is opened for a moment, and for the results.
 */
#ifndef BOLOMETER_PROC_DESCRIPTORS_H
#define BOLOMETER_PROC_DESCRIPTORS_H

/*
 * Takes a descriptor that was opened just now, or a negative errno. Returns it, or closes it and returns -EMFILE where half of RLIMIT_NOFILE is in use: numbers are given out from the
 * lowest on.
 */
int descriptor_hold(int fd);

#endif
