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

/* Has the mappings of another one, which has none that it must not have. Returns 0 or -ENOMEM. */
int image_share(struct image *image, struct image *from);

/* As spaces_prune(). */
int image_prune(struct image *image, const struct code_range *ranges, size_t count, uint64_t ns);

/* Forgets what was covered before `ns`. */
void image_forget(struct image *image, uint64_t ns);

/* Frees the mappings, not the image. */
void image_fini(struct image *image);

/* Forgets what something newer covered by `ns` at the latest: nobody asks for a time before. */
void image_forget_past(struct image *image, uint64_t ns);

#endif
