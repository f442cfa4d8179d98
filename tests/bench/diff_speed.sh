#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two files of folded text to the graph of their difference: each 100,000 stacks, 131 MB, 980,000
# frames in the tree. The goal is 0.4 of the CPU time of inferno, which does no tests.
# shellcheck source=tests/bench/peers.sh
source "$(dirname "$0")/peers.sh"

REPEATS=3
WHAT="two files of 131 MB to the SVG of their difference"

draw() { # NAME PROGRAM...: medians over the repeats
	local name=$1 i
	shift
	for ((i = 0; i < REPEATS; i++)); do
		"$BUILD/bench/measure" "$WORK/run.$i" 0 "$@" >/dev/null 2>&1 || return
	done
	row "$WHAT, CPU" "$name" "$(awk '$1 == "cpu_s" { print $2 }' "$WORK"/run.* | median)" s "<= 0.576 s"
	row "$WHAT, memory" "$name" \
		"$(awk '$1 == "rss_mib" { print $2 }' "$WORK"/run.* | median)" MiB -
}

"$BUILD/bench/folded" >"$WORK/before.folded"
awk 'NR % 3 == 0 { $NF++ } 1' "$WORK/before.folded" >"$WORK/after.folded"
draw bolometer "$BOLOMETER" diff -q "$WORK/before.folded" "$WORK/after.folded" -o "$WORK/diff.svg"
if command -v inferno-diff-folded >/dev/null; then
	draw inferno sh -c "inferno-diff-folded '$WORK/before.folded' '$WORK/after.folded' |
		inferno-flamegraph"
else
	row "$WHAT, CPU" "inferno (quoted, not measured here)" 1.44 s -
fi
