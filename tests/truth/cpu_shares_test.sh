#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Shares of CPU time, and user mode against the kernel, as the programs themselves measured them.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/capture.sh"

ok "capturing three paths for 10 s" capture split -- "$TRUTH/split603010" 10
for path in path_a path_b path_c; do
	near "$path has its share" "$(share split "$path" main)" "$(own split "$path")" 1
done
near "path_a comes from its own caller" "$(share split first_caller path_a)" 100 0.5
near "path_b comes from its own caller" "$(share split second_caller path_b)" 100 0.5

# A virtual CPU that is taken away gets its late timer ticks as one.
samples=$(weight split main)
expected=$(awk -v ms="$(own split cpu_ms)" -v hz="$FREQUENCY" 'BEGIN { print ms * hz / 1000 }')
within "samples are CPU time by the rate ($expected)" "$samples" \
	"$(awk -v n="$expected" 'BEGIN { print n * 0.9 }')" \
	"$(awk -v n="$expected" 'BEGIN { print n * 1.05 }')"

ok "capturing both modes" capture both --annotate -- "$TRUTH/syscaller" 4
near "user mode has its share" "$(share both in_user main)" "$(own both in_user)" 1.5
near "system calls have their share" "$(share both in_kernel main)" "$(own both in_kernel)" 1.5

ok "capturing user frames" capture user --annotate --user -- "$TRUTH/syscaller" 4
is "--user leaves no kernel frame" "$(grep -c '_\[k\]' "$TMP/user.folded")" 0
near "--user keeps time in the kernel with its callers" "$(share user in_kernel main)" \
	"$(own user in_kernel)" 1.5

ok "capturing kernel frames" capture kernel --annotate --kernel -- "$TRUTH/syscaller" 4
is "--kernel leaves no user frame" \
	"$(weight kernel main),$(weight kernel in_user),$(weight kernel in_kernel)" 0,0,0
within "--kernel has samples in the kernel" "$(grep -c '_\[k\]' "$TMP/kernel.folded")" 1 1000000
expected=$(awk -v ms="$(own kernel cpu_ms)" -v share="$(own kernel in_kernel)" \
	-v hz="$FREQUENCY" 'BEGIN { print ms * share / 100 * hz / 1000 }')
within "--kernel counts time in the kernel only ($expected)" "$(weight kernel)" \
	"$(awk -v n="$expected" 'BEGIN { print n * 0.88 }')" \
	"$(awk -v n="$expected" 'BEGIN { print n * 1.06 }')"
done_testing
