/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Circumstances of a pprof profile that is written: in its fields, and in a comment. */
#ifndef BOLOMETER_RENDER_PPROF_ABOUT_H
#define BOLOMETER_RENDER_PPROF_ABOUT_H

#include "profiler/model/circumstances.h"
#include "render/pprof_code.h"
#include "render/pprof_parts.h"

/* One type of values. Returns 0 or -ENOMEM. */
int pprof_type_write(struct pprof_code_table *code, struct pprof_out *out, enum pprof_field field,
		     const char *name, const char *unit);

/*
 * Everything but the value types; of these the first is the default, which has to be said where it
 * is not the last in the file. Returns 0 or -ENOMEM.
 */
int pprof_about_write(struct pprof_code_table *code, struct pprof_out *out,
		      const struct circumstances *about, bool name_default);

#endif
