#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Folded text to a graph: 100,000 stacks, 131 MB, 980,000 frames in the tree.
# shellcheck source=tests/bench/peers.sh
source "$(dirname "$0")/peers.sh"

REPEATS=3

draw() { # NAME PROGRAM...: medians over the repeats
	local name=$1 i
	shift
	for ((i = 0; i < REPEATS; i++)); do
		"$BUILD/bench/measure" "$WORK/run.$i" 0 "$@" >/dev/null 2>&1 || return
	done
	row "131 MB of folded text to SVG, CPU" "$name" \
		"$(awk '$1 == "cpu_s" { print $2 }' "$WORK"/run.* | median)" s "<= 0.275 s"
	row "131 MB of folded text to SVG, memory" "$name" \
		"$(awk '$1 == "rss_mib" { print $2 }' "$WORK"/run.* | median)" MiB "<= 60.7 MiB"
}

"$BUILD/bench/folded" >"$WORK/big.folded"
draw bolometer "$BOLOMETER" render -q "$WORK/big.folded" -o "$WORK/big.svg"
if command -v inferno-flamegraph >/dev/null; then
	draw inferno inferno-flamegraph "$WORK/big.folded"
else
	row "131 MB of folded text to SVG, CPU" "inferno (quoted, not measured here)" 0.55 s -
	row "131 MB of folded text to SVG, memory" "inferno (quoted, not measured here)" 182 MiB -
fi
if command -v flamegraph.pl >/dev/null; then
	draw flamegraph.pl flamegraph.pl "$WORK/big.folded"
fi
