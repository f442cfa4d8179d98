#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How much of a program with 65,000 distinct stacks is in the result: samples whose stack has all
# its levels, by what the program's CPU time makes at 25,000 a second. The program stays until the
# tool has ended, for the sake of tools that can only name what still lives. A virtual CPU that is
# taken away costs every tool the same ticks, so the target is perf's figure, which loses nothing.
# shellcheck source=tests/bench/peers.sh
source "$(dirname "$0")/peers.sh"

HZ=25000
CPU=$(($(getconf _NPROCESSORS_ONLN) - 1))

for tool in $(tools 2>/dev/null); do
	watch_cpu "$tool" "$CPU" "$HZ" "$WORK/out"
	: >"$WORK/run"
	taskset -c "$CPU" "$BUILD/truth/manystacks" 65000 60 120 >"$WORK/run" &
	program=$!
	until grep -q cpu_ms "$WORK/run"; do sleep 0.1; done
	stop_watching
	kill "$program"
	wait "$program" 2>/dev/null
	kept=$(collapse "$tool" "$WORK/out" | grep -P '(;(zero|one)){16};leaf' |
		awk '{ sum += $NF } END { print sum + 0 }')
	row "weight kept of 65,000 stacks" "$tool" \
		"$(awk -v kept="$kept" -v ms="$(field "$WORK/run" cpu_ms)" -v hz="$HZ" \
			'BEGIN { printf "%.1f", 100 * kept / (ms / 1000 * hz) }')" % "as perf"
done
