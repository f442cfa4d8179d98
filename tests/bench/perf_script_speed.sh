#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Text of perf script to folded text, one thread each: 300 MB of 100,000 samples. The goal is half of
# inferno's CPU time, for which 300 MB/s are quoted where it is not installed; and memory that does
# not grow with the text: the same for 60 MB, but for what has more distinct addresses.
# shellcheck source=tests/bench/peers.sh
source "$(dirname "$0")/peers.sh"

REPEATS=3
MEGABYTES=300

collapse() { # TOOL CPU_GOAL MEMORY_GOAL PROGRAM...: medians over the repeats
	local tool=$1 cpu=$2 memory=$3 i
	shift 3
	for ((i = 0; i < REPEATS; i++)); do
		"$BUILD/bench/measure" "$WORK/run.$i" 0 "$@" >/dev/null 2>&1 || return
	done
	row "$MEGABYTES MB of perf script to folded, CPU" "$tool" \
		"$(awk '$1 == "cpu_s" { print $2 }' "$WORK"/run.* | median)" s "$cpu"
	row "$MEGABYTES MB of perf script to folded, memory" "$tool" \
		"$(awk '$1 == "rss_mib" { print $2 }' "$WORK"/run.* | median)" MiB "$memory"
}

"$BUILD/bench/perf_text" "$MEGABYTES" >"$WORK/big.txt"
cat "$WORK/big.txt" >/dev/null
if command -v inferno-collapse-perf >/dev/null; then
	goal="<= 0.5 of it"
	collapse inferno - - inferno-collapse-perf -n 1 "$WORK/big.txt"
else
	goal="<= 0.50 s"
	row "$MEGABYTES MB of perf script to folded, CPU" "inferno (quoted, not measured here)" 1.00 s -
fi
collapse bolometer "$goal" "<= 64 MiB" "$BOLOMETER" render -q "$WORK/big.txt" -o "$WORK/big.folded"
if command -v stackcollapse-perf.pl >/dev/null; then
	collapse stackcollapse-perf.pl - - stackcollapse-perf.pl "$WORK/big.txt"
fi
