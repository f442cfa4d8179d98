/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mappings of one image: new ones cover old ones, which stay known for their time. */
#ifndef BOLOMETER_PROC_SPACE_MAPS_H
#define BOLOMETER_PROC_SPACE_MAPS_H

#include "profiler/proc/space.h"

/*
 * Adds a mapping. Where others are, the one with the later from_ns covers, and of equal ones the
 * one told last; what is covered belongs to the past. Returns 0 or -ENOMEM.
 */
int image_map(struct image *image, const struct code_map *map);

/* Forgets what something newer covered by `ns` at the latest: nobody asks for a time before. */
void image_forget_past(struct image *image, uint64_t ns);

#endif
