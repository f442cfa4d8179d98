/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pprof profiles (github.com/google/pprof, proto/profile.proto), packed with
 * gzip: the samples of a view with their addresses, mappings, inlined functions,
 * lines and labels. What pprof has no field for goes into labels and a comment
 * (docs/FORMAT.md, "pprof").
 */
#ifndef BOLOMETER_RENDER_PPROF_H
#define BOLOMETER_RENDER_PPROF_H

#include <stdio.h>

#include "render/render.h"

/* Of input->samples. Returns 0, -ENOMEM or -EIO. */
int pprof_write(const struct render_input *input, FILE *out);

#endif
