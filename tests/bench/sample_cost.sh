#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What one sample costs the program it interrupts, above the timer interrupt that any sampler needs.
#
# deepstack does countable work on one CPU, on which one tool takes 20,000 samples a second. Work
# per CPU second then falls by what the samples take: with r for that rate,
#     cost of a sample = (r under the bare timer - r under the tool) / (r alone * samples a second)
# The bare timer is measured next to each tool, in turn before and after it, and the median over
# the rounds is taken, because neighbours on the machine come and go.
#
# For tools that are BPF programs there is a second figure: what the kernel measures inside their
# programs (kernel.bpf_stats_enabled), without entry and exit, and with the clock's own cost.
# shellcheck source=tests/bench/peers.sh
source "$(dirname "$0")/peers.sh"

HZ=20000
ROUNDS=${ROUNDS:-5}
SECONDS_EACH=1.5
CPU=$(($(getconf _NPROCESSORS_ONLN) - 1))
# deepstack adds five frames: the two of libc's start, main, leaf and work.
FRAMES_AROUND=5

spin() { # DEPTH
	taskset -c "$CPU" "$BUILD/truth/deepstack" $(($1 - FRAMES_AROUND)) "$SECONDS_EACH"
}

# Chunks of work per CPU second while TOOL (or nothing) watches.
rate() { # TOOL DEPTH
	[ "$1" = none ] || watch_cpu "$1" "$CPU" "$HZ" "$WORK/out"
	spin "$2" >"$WORK/run"
	stop_watching
	awk '
		{ v[$1] = $2 }
		END { if (v["cpu_ms"]) print v["chunks"] / v["cpu_ms"] * 1000 }' "$WORK/run"
}

paired_cost() { # TOOL DEPTH ALONE ROUND
	local bare watched
	if (($4 % 2)); then
		bare=$(rate timer "$2") watched=$(rate "$1" "$2")
	else
		watched=$(rate "$1" "$2") bare=$(rate timer "$2")
	fi
	awk -v bare="$bare" -v watched="$watched" -v alone="$3" -v hz="$HZ" \
		'BEGIN { print (bare - watched) / alone / hz * 1e6 }'
}

program_cost() { # TOOL DEPTH
	local before
	before=$(sysctl -n kernel.bpf_stats_enabled)
	sysctl -qw kernel.bpf_stats_enabled=1
	watch_cpu "$1" "$CPU" "$HZ" "$WORK/out"
	spin "$2" >/dev/null
	bpftool prog show | awk '
		/: perf_event / && match($0, /run_time_ns [0-9]+ run_cnt [0-9]+/) {
			split(substr($0, RSTART, RLENGTH), v, " ")
			time += v[2]
			runs += v[4]
		}
		END { if (runs) printf "%.2f\n", time / runs / 1000 }'
	stop_watching
	sysctl -qw kernel.bpf_stats_enabled="$before"
}

for depth in 20 100; do
	target=1.6
	[ "$depth" = 20 ] || target=3.6
	for tool in $(tools 2>/dev/null); do
		cost=$(for ((round = 0; round < ROUNDS; round++)); do
			paired_cost "$tool" "$depth" "$(rate none "$depth")" "$round"
		done | median)
		row "one sample, $depth user frames, above the timer" "$tool" \
			"$(printf '%.2f' "$cost")" us "< $target us"
	done
	for tool in $(tools 2>/dev/null); do
		if [ "$tool" = perf ] || ! command -v bpftool >/dev/null; then continue; fi
		row "one sample, $depth user frames, inside BPF" "$tool" \
			"$(program_cost "$tool" "$depth")" us -
	done
done
