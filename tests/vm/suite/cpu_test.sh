#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Shares of CPU time, and stacks down to the root.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/../../truth/capture.sh"

FREQUENCY=199
ok "capturing three paths" capture split -- "$TRUTH/split603010" 8
for path in path_a path_b path_c; do
	near "$path has its share" "$(share split "$path" main)" "$(own split "$path")" 4
done
near "path_a comes from its own caller" "$(share split first_caller path_a)" 100 1
near "path_b comes from its own caller" "$(share split second_caller path_b)" 100 1
within "samples in all" "$(weight split main)" 200 4000
is "every stack has its root" "$(grep -c '\[incomplete: \|\[truncated\]' "$TMP/split.folded")" 0

ok "capturing both modes" capture both --annotate -- "$TRUTH/syscaller" 6
near "user mode has its share" "$(share both in_user main)" "$(own both in_user)" 6
near "system calls have their share" "$(share both in_kernel main)" "$(own both in_kernel)" 6
done_testing
