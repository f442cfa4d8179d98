#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Stacks of programs without frame pointers, by tables: some of the shapes that `make check`
# looks at on this machine.
export SHAPES='chain_(gcc|Os|static|no_pie|stripped|debug_frame|clang)|frames_(variable|aligned)|signals_timer|calls_clock|threads|exceptions|loads|forks'
export SHAPES_HZ=199 SHAPES_DURATION=2s
exec bash "$(dirname "$0")/../../truth/unwind_shapes_test.sh"
