#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What clang-tidy, and clang's analyzer in it, find in the program: .clang-tidy says which checks.
# shellcheck source=tests/static/static.sh
source "$(dirname "$0")/static.sh"
flags=$(printf '%q ' "${FLAGS[@]}")
no_findings clang-tidy clang-tidy bash -c "clang-tidy -quiet \"\$@\" -- $flags 2>/dev/null" tidy
done_testing
