#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What gcc's analyzer finds in the program. Of gcc 12 not all: it takes what is stored where it cannot follow
# for lost (malloc-leak; clang's analyzer looks for that), and does not see that an empty array is not gone
# through (null-dereference, null-argument). What may be NULL for want of memory is looked for.
# shellcheck source=tests/static/static.sh
source "$(dirname "$0")/static.sh"
flags=$(printf '%q ' "${FLAGS[@]}" -O1 -fanalyzer -fdiagnostics-plain-output -fdiagnostics-path-format=none \
	-Wno-analyzer-malloc-leak -Wno-analyzer-null-dereference -Wno-analyzer-null-argument -Werror)
no_findings "gcc -fanalyzer" gcc bash -c "for file; do gcc $flags -c -o /dev/null \"\$file\" || status=1; done
	exit \${status:-0}" gcc
done_testing
