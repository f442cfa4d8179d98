#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The programs stay far below what a verifier takes: each is held under a ceiling, so that a change
# which makes the verifier look at every path is seen here and not on somebody's older kernel.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/capture.sh"

CEILING=150000

loaded() { # NAME WANTED COMMAND OPTIONS...
	local name=$1 wanted=$2 command=$3 programs program verified
	shift 3
	"$BOLOMETER_FAST" "$command" -v -d 200ms -o "$TMP/out.folded" "$@" >"$TMP/out" 2>&1
	programs=$(sed -n 's/.*bpf: \([a-z_]*\): .* \([0-9]*\) verified$/\1 \2/p' "$TMP/out")
	is "the programs of $name" \
		"$(printf '%s\n' "$programs" | awk '{ print $1 }' | sort | paste -sd' ')" "$wanted"
	while read -r program verified; do
		within "$program: instructions that the verifier looked at ($name)" "$verified" 1 \
			"$CEILING"
	done <<<"$programs"
}

unwind="unwind_exec unwind_fork unwind_free"
waits="start_thread switch_threads"
loaded "a capture of a process" "follow_exec follow_fork follow_free sample_cpu $unwind" \
	cpu -p $$
loaded "waits of everything" "close_threads find_threads list_stacks $waits $unwind wake_thread watch_exit watch_fork" \
	offcpu
loaded "all views of a program" "close_threads find_threads follow_exec follow_fork follow_free list_stacks \
sample_cpu $waits $unwind wake_thread watch_exec watch_exit watch_fork" \
	wall -o "offwake:$TMP/a.folded" -o "runq:$TMP/b.folded" --chain 4 --group cgroup -C 0 -- true
loaded "the same in intervals" "close_threads find_threads follow_exec follow_fork follow_free list_stacks \
sample_cpu $waits turn_threads $unwind wake_thread watch_exec watch_exit watch_fork" \
	wall --every 10s -o "offwake:$TMP/c.folded" -o "runq:$TMP/d.folded" --chain 4 --group cgroup -C 0 \
	-- true
done_testing
