#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What looking at waits costs those who wait: two threads on one CPU that do nothing but wait for
# each other (pingpong), whole stacks kept of every wait.
#
# One switch, inside BPF: the run time of all the programs that a tool loaded, those on wake-ups as
# well, by the switches the machine made meanwhile, nearly all of which are pingpong's. The floor
# is a program that only counts.
#
# The slowdown: a round trip's time while a tool runs, by that before and after it. It is the time
# that the two threads had the CPU, since neighbours come and go; programs in the kernel run in
# their time. What a tool does in its own process is not in it (own_cost.sh measures that).
#
# Both twice: the tool captures pingpong (traced), or a process that sleeps (filtered out).
# Targets in ns are for a machine where offcputime takes 3280 and 219 ns and counting 99; beside
# them stands the ratio to offcputime that they make, for others.
#
# In turn, and medians over the rounds. bolometer runs without its limit of the overhead, and once
# more with the limit it has by itself. It unwinds a program as distributions build them, the
# peers one that has frame pointers. perf copies every switch to a file, without BPF.
# shellcheck source=tests/bench/peers.sh
source "$(dirname "$0")/peers.sh"

ROUNDS=${ROUNDS:-5}
CPU=$(($(getconf _NPROCESSORS_ONLN) - 1))
DEPTH=8
SLICES=11 # of one measurement of the slowdown
TRIPS=6000 # of a slice: some fifty milliseconds
SECONDS_INSIDE=1
playing=

# As people write it with bpftrace where the kernel has no kprobes.
# shellcheck disable=SC2016 # they are bpftrace's variables
BPFTRACE_OFFCPU='
	tracepoint:sched:sched_switch {
		if (pid == $1) {
			@since[tid] = nsecs; @kernel[tid] = kstack; @user[tid] = ustack;
			@name[tid] = comm;
		}
		$next = args->next_pid;
		$began = @since[$next];
		if ($began) {
			@waited[@kernel[$next], @user[$next], @name[$next]] = sum(nsecs - $began);
			delete(@since[$next]);
		}
	}
	END { clear(@since); clear(@kernel); clear(@user); clear(@name); }'

# By one word each; "bolometer_fp" and "bolometer_limited" are bolometer again.
switch_tools() {
	local tool
	if "$BOLOMETER" help offcpu >/dev/null 2>&1; then
		echo bolometer bolometer_fp bolometer_limited
	else
		echo "bolometer captures no waits" >&2
	fi
	for tool in offcputime bpftrace perf; do
		if has "$tool"; then echo "$tool"; else echo "not installed: $tool" >&2; fi
	done
	echo counter
}

name_of() {
	case $1 in
	bolometer_fp) echo "bolometer, frame-pointer build" ;;
	bolometer_limited) echo "bolometer, limited as by default" ;;
	counter) echo "a program that counts" ;;
	*) echo "$1" ;;
	esac
}

build_for() {
	case $1 in
	bolometer | bolometer_limited) echo cfi ;;
	*) echo fp ;;
	esac
}

# Starts a tool that captures the waits of process TARGET; returns when it does.
watch_switches() { # TOOL TARGET
	local tool
	case $1 in
	bolometer | bolometer_fp)
		tool=("$BOLOMETER" offcpu --max-overhead 0 -p "$2" -o "$WORK/out.folded")
		;;
	bolometer_limited) tool=("$BOLOMETER" offcpu -p "$2" -o "$WORK/out.folded") ;;
	offcputime) tool=(offcputime -p "$2") ;;
	bpftrace) tool=(bpftrace -e "$BPFTRACE_OFFCPU" "$2") ;;
	perf) tool=(perf record -q -g -e sched:sched_switch -p "$2" -o "$WORK/perf.data") ;;
	counter) tool=("$BUILD/bench/switch_count") ;;
	esac
	env --default-signal=INT "${tool[@]}" >"$WORK/out" 2>"$WORK/messages" &
	watching=$!
	if [ "$1" = perf ]; then
		sleep 1
	elif ! "$BUILD/bench/switch_cost" "$watching" wait; then
		echo "bench: $1 did not start:" >&2
		cat "$WORK/messages" >&2
		return 1
	fi
}

start_game() { # BUILD
	rm -f "$WORK/ask" "$WORK/answer"
	mkfifo "$WORK/ask" "$WORK/answer"
	"$BUILD/bench/pingpong.$1" "$CPU" "$DEPTH" <"$WORK/ask" >"$WORK/answer" &
	playing=$!
	exec 8>"$WORK/ask" 9<"$WORK/answer"
}

end_game() {
	[ -n "$playing" ] || return 0
	kill "$playing" 2>/dev/null
	wait "$playing" 2>/dev/null
	exec 8>&- 9<&-
	playing=
}

# Neighbours can only make a slice slower. Where a limit works, slices differ by themselves.
best_of() { # TOOL
	if [ "$1" = bolometer_limited ]; then median; else sort -n | head -n 1; fi
}

# ns of CPU time of a round trip. The first slice is for what a tool makes at a thread's first wait.
play() { # TOOL
	local slice cpu
	for ((slice = 0; slice <= SLICES; slice++)); do
		echo "$TRIPS" >&8
		read -r _ cpu <&9
		[ "$slice" -eq 0 ] || echo "$cpu"
	done | best_of "$1"
}

# Adds a tool's figures of one round to the files slowdown.KIND.TOOL and inside.KIND.TOOL.
measure() { # TOOL KIND
	local before traced after target=$sleeping
	start_game "$(build_for "$1")"
	[ "$2" = traced ] && target=$playing
	before=$(play "$1")
	if watch_switches "$1" "$target"; then
		traced=$(play "$1")
		if [ "$1" != perf ]; then
			echo 1000000000 >&8 # until it is ended
			"$BUILD/bench/switch_cost" "$watching" "$SECONDS_INSIDE" \
				>"$WORK/inside"
			field "$WORK/inside" ns >>"$WORK/inside.$2.$1"
			mv "$WORK/inside" "$WORK/programs.$2.$1"
			end_game
			start_game "$(build_for "$1")"
		fi
		stop_watching
		after=$(play "$1")
		awk -v before="$before" -v traced="$traced" -v after="$after" \
			'BEGIN { print 2 * traced / (before + after) }' >>"$WORK/slowdown.$2.$1"
	fi
	stop_watching
	end_game
	rm -f "$WORK/perf.data"
}

figure() { # FORMAT FILE
	# shellcheck disable=SC2059 # formats are below
	[ -s "$2" ] && printf "$1" "$(median <"$2")"
}

# The rows of one figure; where a tool has several programs, those of its last round as well.
rows() { # WHAT FILE FORMAT UNIT TARGET
	local tool value
	for tool in $all; do
		value=$(figure "$3" "$WORK/$2.$tool") || continue
		row "$1" "$(name_of "$tool")" "$value" "$4" "$5"
	done
}

program_rows() { # WHAT KIND
	local tool
	for tool in $all; do
		[ -s "$WORK/programs.$2.$tool" ] || continue
		awk -v what="$1" -v tool="$(name_of "$tool")" '
			$1 == "switches" { switches = $2 }
			$1 == "program" { line[++nr] = $2; ns[nr] = $3; runs[nr] = $4 }
			END {
				for (i = 1; nr > 1 && i <= nr; i++)
					printf "%s\t%s: %s\t%.0f\tns\t%.2f a switch\n", what, tool, line[i],
						ns[i], runs[i] / switches
			}' "$WORK/programs.$2.$tool"
	done
}

sleep infinity &
sleeping=$!
trap 'end_game; stop_watching; kill "$sleeping"; rm -rf "$WORK"' EXIT
all=$(switch_tools)
for ((i = 0; i < ROUNDS; i++)); do
	for tool in $all; do
		measure "$tool" traced
		measure "$tool" filtered
	done
done
rows "one switch with stacks, inside BPF" inside.traced %.0f ns "<= 2600 ns (1.26)"
program_rows "  one run of each program" traced
rows "one switch of another process, inside BPF" inside.filtered %.0f ns "<= 130 ns (1.68)"
program_rows "  one run of each program, filtered out" filtered
rows "ping-pong while traced, slowdown" slowdown.traced %.2f x "<= 2.3 x"
rows "ping-pong while filtered out, slowdown" slowdown.filtered %.2f x "<= 1.17 x"
