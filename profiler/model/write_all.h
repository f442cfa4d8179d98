/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BOLOMETER_MODEL_WRITE_ALL_H
#define BOLOMETER_MODEL_WRITE_ALL_H

#include <stddef.h>

/* Writes all the bytes to a descriptor, in as many pieces as it takes. Returns 0 or -errno. */
int write_all(int fd, const char *bytes, size_t len);

#endif
