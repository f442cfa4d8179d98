#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What gcc's analyzer finds in the program. Not asked for: NULL that is followed or given away, as gcc 12
# does not see that an empty array is not gone through. What may be NULL for want of memory is.
# shellcheck source=tests/static/static.sh
source "$(dirname "$0")/static.sh"
flags=$(printf '%q ' "${FLAGS[@]}")
no_findings "gcc -fanalyzer" gcc bash -c "for file; do gcc $flags -O1 -fanalyzer -fdiagnostics-plain-output \
	-fdiagnostics-path-format=none -Wno-analyzer-null-dereference \
	-Wno-analyzer-null-argument -Werror -c -o /dev/null \"\$file\" || status=1; done; exit \${status:-0}" gcc
done_testing
