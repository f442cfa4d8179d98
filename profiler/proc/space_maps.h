/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mappings of one image: new ones cover old ones, which stay known for their time. */
#ifndef BOLOMETER_PROC_SPACE_MAPS_H
#define BOLOMETER_PROC_SPACE_MAPS_H

#include "profiler/proc/space.h"

/* Maps over whatever is there; what is covered moves to the past. Returns 0 or -ENOMEM. */
int image_cover(struct image *image, const struct code_map *map);

/* Maps only where nothing is yet. Returns 0 or -ENOMEM. */
int image_fill(struct image *image, const struct code_map *map);

#endif
