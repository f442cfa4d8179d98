#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Folded text to a graph: 100,000 stacks, 131 MB, 980,000 frames in the tree; and ten times that.
# The goals are 0.4 of inferno's CPU time and 0.3 of its memory.
# shellcheck source=tests/bench/peers.sh
source "$(dirname "$0")/peers.sh"

REPEATS=3

draw() { # SIZE CPU_GOAL MEMORY_GOAL NAME PROGRAM...: medians over the repeats
	local size=$1 cpu=$2 memory=$3 name=$4 i
	shift 4
	for ((i = 0; i < REPEATS; i++)); do
		"$BUILD/bench/measure" "$WORK/run.$i" 0 "$@" >/dev/null 2>&1 || return
	done
	row "$size of folded text to SVG, CPU" "$name" \
		"$(awk '$1 == "cpu_s" { print $2 }' "$WORK"/run.* | median)" s "$cpu"
	row "$size of folded text to SVG, memory" "$name" \
		"$(awk '$1 == "rss_mib" { print $2 }' "$WORK"/run.* | median)" MiB "$memory"
}

compare() { # SIZE STACKS CPU_GOAL MEMORY_GOAL, and inferno's CPU time and memory where it is missing
	local size=$1
	"$BUILD/bench/folded" "$2" >"$WORK/big.folded"
	draw "$size" "<= $3 s" "<= $4 MiB" bolometer "$BOLOMETER" render -q "$WORK/big.folded" -o "$WORK/big.svg"
	if command -v inferno-flamegraph >/dev/null; then
		draw "$size" - - inferno inferno-flamegraph "$WORK/big.folded"
	else
		row "$size of folded text to SVG, CPU" "inferno (quoted, not measured here)" "$5" s -
		row "$size of folded text to SVG, memory" "inferno (quoted, not measured here)" "$6" MiB -
	fi
}

compare "131 MB" 100000 0.22 54.6 0.55 182
if command -v flamegraph.pl >/dev/null; then
	draw "131 MB" - - flamegraph.pl flamegraph.pl "$WORK/big.folded"
fi
if [ "$(df --output=avail -B1M "$WORK" | tail -n 1)" -gt 4000 ]; then
	compare "1.32 GB" 1000000 1.92 551 4.8 1838
fi
