#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The programs stay far below what a verifier takes: each is held under a ceiling, so that a change
# which makes the verifier look at every path is seen here and not on somebody's older kernel.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/capture.sh"

CEILING=100000

"$BOLOMETER_FAST" cpu -v -p $$ -d 200ms -o "$TMP/out.folded" >"$TMP/out" 2>&1
programs=$(sed -n 's/.*bpf: \([a-z_]*\): .* \([0-9]*\) verified$/\1 \2/p' "$TMP/out")
is "all programs are loaded for a process" \
	"$(printf '%s\n' "$programs" | awk '{ print $1 }' | sort | paste -sd' ')" \
	"follow_exec follow_fork follow_free sample_cpu unwind_exec unwind_fork unwind_free"
while read -r name verified; do
	within "$name: instructions that the verifier looked at" "$verified" 1 "$CEILING"
done <<<"$programs"
done_testing
