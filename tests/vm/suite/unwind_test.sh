#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Stacks of programs without frame pointers, by tables: some of the shapes that `make check`
# looks at on this machine.
export SHAPES='chain_(gcc|static|stripped|debug_frame)|frames_variable|signals_timer|threads|loads'
export SHAPES_HZ=199 SHAPES_DURATION=2s
exec bash "$(dirname "$0")/../../truth/unwind_shapes_test.sh"
