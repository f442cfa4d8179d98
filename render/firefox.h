/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Firefox Profiler's processed format, version 48, for profiler.firefox.com
 * (its docs-developer/CHANGELOG-formats.md and src/types/profile): a thread for
 * each group, of the value that graphs show first.
 *
 * The profiler wants a time of every sample, which a profile that was added up
 * does not have: stacks stand beside each other along its axis, each as wide as
 * its value. docs/FORMAT.md, "Firefox", says so to readers.
 */
#ifndef BOLOMETER_RENDER_FIREFOX_H
#define BOLOMETER_RENDER_FIREFOX_H

#include "render/render.h"

int firefox_write(const struct render_input *input, FILE *out);

#endif
