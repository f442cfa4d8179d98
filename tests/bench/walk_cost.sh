#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a sample of a user stack costs, by the kernel's own measurement of the program's run time,
# above that of an empty program: bolometer's by call-frame information, over a build without frame
# pointers; and its peer, bpf_get_stackid() as other BPF profilers call it, over the same stack with
# frame pointers. Both look up whom they count, walk, and count.
#
# Warm: deepstack at 4,999 Hz, whose calls are all the same one. Cold: coldstack at 99 Hz, whose
# calls are all different ones, and which goes through more memory than caches hold in between.
#
# In turn, and medians over the rounds, since neighbours change the speed of everything. So that
# nothing else is sampled, the program has its CPU for itself for a second or two (SCHED_FIFO).
# shellcheck source=tests/bench/peers.sh
source "$(dirname "$0")/peers.sh"

ROUNDS=${ROUNDS:-5}
COLD_ROUNDS=$(((ROUNDS + 1) / 2))
DEPTHS="10 25 65 115"
DEEP="1000 20000"
CPU=$(($(getconf _NPROCESSORS_ONLN) - 1))
WARM_HZ=4999
COLD_HZ=99
COLD_MIB=256
PEER="bpf_get_stackid, frame pointers"
spinning=
trap 'stop_spinning; stop_watching; rm -rf "$WORK"' EXIT

# Depths are of whole stacks, which are deeper than what the program is told: its leaf and main, and
# libc's start, of which a walk along frame pointers sees less.
spin() { # TOOL PROGRAM DEPTH
	local around=3
	[ "${2%.*}" = coldstack ] || around=4
	[ "$1" = stackid ] || around=$((around + 2))
	chrt -f 1 taskset -c "$CPU" "$BUILD/bench/$2" $(($3 - around)) "$COLD_MIB" >/dev/null &
	spinning=$!
}

stop_spinning() {
	[ -n "$spinning" ] || return 0
	kill "$spinning" 2>/dev/null
	wait "$spinning" 2>/dev/null
	spinning=
}

# bolometer, or a program of stackid.bpf.c; returns when it samples.
start_tool() { # TOOL HZ
	local command=("$BUILD/bench/stackid" "$1" "$CPU" "$2")
	[ "$1" != bolometer ] ||
		command=("$BOLOMETER" cpu --user -C "$CPU" -F "$2" -o "$WORK/out.folded")
	: >"$WORK/messages"
	env --default-signal=INT "${command[@]}" >"$WORK/out" 2>"$WORK/messages" &
	watching=$!
	for _ in {1..100}; do
		grep -q '^sampling' "$WORK/messages" && return
		sleep 0.1
	done
}

# How deep most stacks were, without the frame of the thread's name.
depth_seen() { # TOOL
	case $1 in
	stackid) field "$WORK/out" frames ;;
	bolometer)
		awk '
			{ samples[gsub(/;/, ";")] += $NF }
			END {
				for (depth in samples)
					if (samples[depth] > samples[most])
						most = depth
				print most
			}' "$WORK/out.folded" ;;
	esac
}

# Adds to the figures of NAME what a run costs, in ns.
measure() { # NAME TOOL HZ SECONDS PROGRAM DEPTH
	local program=$2 seen
	[ "$2" != bolometer ] || program=sample_cpu
	start_tool "$2" "$3"
	spin "$2" "$5" "$6"
	sleep 0.4 # a table that is missing has been asked for, and is there
	chrt -f 2 "$BUILD/bench/program_cost" "$watching" "$program" "$4" |
		awk '$1 == "ns" { print $2 }' >>"$WORK/ns.$1.$6"
	stop_spinning
	stop_watching
	seen=$(depth_seen "$2")
	[ "${seen:-$6}" = "$6" ] || [ "$6" -gt 127 ] ||
		echo "bench: $1: $seen frames instead of $6" >&2
}

round() { # WARMTH HZ SECONDS STACK
	local depth
	measure "$1.empty" empty "$2" "$3" "$4.cfi" 10
	for depth in $DEPTHS; do
		measure "$1.peer" stackid "$2" "$3" "$4.fp" "$depth"
		measure "$1.cfi" bolometer "$2" "$3" "$4.cfi" "$depth"
		measure "$1.fp" bolometer "$2" "$3" "$4.fp" "$depth"
	done
}

net_ns() { # NAME DEPTH
	echo "$(median <"$WORK/ns.$1.$2") $(median <"$WORK/ns.${1%.*}.empty.10")" |
		awk '{ printf "%.0f", $1 - $2 }'
}

in_us() { awk '{ printf "%.2f", $1 / 1000 }'; }

a_frame() { # NAME: ns, by the slope between the least and the most of the depths
	local least=${DEPTHS%% *} most=${DEPTHS##* }
	echo "$(net_ns "$1" "$most") $(net_ns "$1" "$least") $((most - least))" |
		awk '{ printf "%.1f", ($1 - $2) / $3 }'
}

rows() { # WARMTH TARGET
	local depth what
	for depth in $DEPTHS; do
		what="sample of $depth user frames, $1, inside BPF"
		row "$what" bolometer "$(net_ns "$1.cfi" "$depth" | in_us)" us "$2"
		row "$what" "bolometer, frame-pointer build" \
			"$(net_ns "$1.fp" "$depth" | in_us)" us -
		row "$what" "$PEER" "$(net_ns "$1.peer" "$depth" | in_us)" us -
	done
	row "each further frame, $1, inside BPF" bolometer "$(a_frame "$1.cfi")" ns -
	row "each further frame, $1, inside BPF" "$PEER" "$(a_frame "$1.peer")" ns -
}

for ((i = 0; i < ROUNDS; i++)); do
	round warm "$WARM_HZ" 0.6 deepstack
	for depth in $DEEP; do
		measure warm.cfi bolometer "$COLD_HZ" 1 deepstack.cfi "$depth"
	done
done
for ((i = 0; i < COLD_ROUNDS; i++)); do
	round cold "$COLD_HZ" 2 coldstack
done
rows warm "<= 2 x"
rows cold "<= 2 x"
for depth in $DEEP; do
	row "sample of $depth user frames, warm, inside BPF" bolometer \
		"$(net_ns warm.cfi "$depth" | in_us)" us -
done
