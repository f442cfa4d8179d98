/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stream onto a descriptor that remembers why writing failed, which errno soon
 * forgets, and that fills one piece while the one before it is written.
 */
#ifndef BOLOMETER_SINK_H
#define BOLOMETER_SINK_H

#include <stdio.h>

struct sink;

/* Takes the descriptor over. NULL without memory, and then it is closed. */
struct sink *sink_open(int fd);

/* What is written to it: fully buffered; its errors may show late. Not to be closed. */
FILE *sink_stream(struct sink *sink);

/* Writes what is left, closes and frees. Returns 0 or -errno of the first failure. */
int sink_close(struct sink *sink);

#endif
