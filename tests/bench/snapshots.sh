#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Short-lived processes, the worst that can happen to tables: a loop starts a program every few
# milliseconds while the whole system is captured. Stacks that the walk in the kernel could not
# finish are copied and completed in user space; what that costs, what the capture takes in all, and
# how many stacks are whole: of the whole system, whatever else runs there, and of the loop's
# programs while they have memory that could be walked (not behind exit and in the midst of execve).
# shellcheck source=tests/bench/peers.sh
source "$(dirname "$0")/peers.sh"

SECONDS_CAPTURED=10
PAUSE_S=0.003
PROGRAMS="true date ls grep"
storm=
trap 'end_storm; rm -rf "$WORK"' EXIT

end_storm() {
	[ -n "$storm" ] || return 0
	kill "$storm" 2>/dev/null
	wait "$storm" 2>/dev/null
	storm=
}

start_storm() {
	local program paths
	mapfile -t paths < <(for program in $PROGRAMS; do type -P "$program"; done)
	mkfifo "$WORK/pause"
	(
		trap - EXIT
		exec 9<>"$WORK/pause"
		while :; do
			for program in "${paths[@]}"; do
				"$program" --version
				read -r -t "$PAUSE_S" <&9
			done
		done
	) >/dev/null 2>&1 </dev/null &
	storm=$!
}

# The number before WORDS in the messages.
said() { # WORDS
	sed -n "s/.*[^0-9.]\([0-9][0-9.]*\) *$1.*/\1/p" "$WORK/messages" | head -n 1
}

capture() { # HZ OPTIONS...
	"$BUILD/bench/measure" "$WORK/cost" "$SECONDS_CAPTURED" "$BOLOMETER" cpu -v -F "$@" \
		-o "$WORK/out.folded" >/dev/null 2>"$WORK/messages"
}

# Of one CPU, in percent: the process, and its program in the kernel.
share() {
	awk -v own="$(field "$WORK/cost" cpu_s)" -v bpf_ms="$(said 'ms in all')" \
		-v seconds="$SECONDS_CAPTURED" \
		'BEGIN { printf "%.2f", 100 * (own + bpf_ms / 1000) / seconds }'
}

rooted_of_loop() {
	awk -F ';' -v programs=" $PROGRAMS " '
		!index(programs, " " $1 " ") || /;(do_exit|bprm_execve);/ { next }
		{ count = $0; sub(/.* /, "", count); all += count }
		/;\[(incomplete|no stack)/ { lost += count }
		END { printf "%.1f", all ? 100 * (all - lost) / all : 0 }' "$WORK/out.folded"
}

us_a_stack() {
	awk -v ms="$(sed -n 's/.* as they were, in \([0-9.]*\) ms.*/\1/p' "$WORK/messages")" \
		-v stacks="$(said 'stacks copied')" \
		'BEGIN { printf "%.0f", stacks ? 1000 * ms / stacks : 0 }'
}

rows() { # WHAT TOOL
	row "$1, of one CPU" "$2" "$(share)" % -
	row "$1, rooted" "$2" "$(said '% rooted')" % ">= 94 %"
	row "$1, the loop's rooted" "$2" "$(rooted_of_loop)" % ">= 94 %"
}

start_storm
for hz in 99 999; do
	what="a program every few ms, $hz Hz"
	capture "$hz" --unwind cfi
	rows "$what" bolometer
	row "$what, completed" bolometer "$(said completed)" - -
	row "$what, each copy" bolometer "$(us_a_stack)" us -
	capture "$hz" --unwind fp
	rows "$what" "bolometer --unwind fp"
done
