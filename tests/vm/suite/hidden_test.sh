#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What is done without features that this kernel has.
WIDE=5 exec bash "$(dirname "$0")/../../truth/fallbacks_test.sh"
