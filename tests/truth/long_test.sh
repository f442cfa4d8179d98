#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A capture that lasts, in short: processes that come and go leave nothing behind, and every wait of
# theirs is counted. tests/bench/long.sh does so for as long as one likes.
# shellcheck source=tests/truth/wait.sh
source "$(dirname "$0")/wait.sh"
# shellcheck source=tests/truth/long.sh
source "$(dirname "$0")/long.sh"
WAITS=$ROOT/tests/truth/waits.py

run() { # NAME MODE SECONDS OPTIONS...: status in $status
	local name=$1 mode=$2 seconds=$3
	shift 3
	"$BOLOMETER_FAST" offcpu --max-overhead 0 -o "$TMP/$name.pb.gz" "$@" -- \
		"$TRUTH/long" "$mode" "$seconds" >"$TMP/$name.out" 2>"$TMP/$name.log" &
	local pid=$!
	follow "$pid" "$TMP/$name.samples" 0.5
	wait "$pid"
	status=$?
}

# With so little memory the numbers of some 3,000 threads are kept.
run churn churn 18 --max-memory 96M
is "capturing processes that come and go" "$status" 0
within "there were many" "$(own churn processes)" 100 1000000
# A stack that could not be completed may lack the function's name.
counted_waits() { # NAME
	local sleeps
	sleeps=$(own "$1" sleeps)
	within "each of the waits is counted ($1, of $sleeps)" \
		"$(python3 "$WAITS" "$TMP/$1.pb.gz" brief_sleep waits)" \
		$((sleeps - sleeps / 200)) $((sleeps + sleeps / 1000))
}
counted_waits churn
balanced churn
# Until there are as many threads as have their own numbers each takes some KB; on a slow machine that
# may be all the time.
kept=$(sed -n 's/.*there were more than \([0-9]*\) threads.*/\1/p' "$TMP/churn.log")
threads=$((2 * $(own churn processes)))
most=6000
if [ "${kept:-$threads}" -gt $((threads * 2 / 5)) ]; then
	most=$((most + threads * 4 * 60 / 18))
fi
within "memory does not grow (KiB a minute)" "$(grown "$TMP/churn.samples" 2 0.5 0.95)" -100000 "$most"
within "descriptors do not" "$(grown "$TMP/churn.samples" 3 0.5 0.95)" -1000 20
is "nor BPF maps" "$(sort -nu -k4,4 "$TMP/churn.samples" | wc -l)" 1

run stacks stacks 6
is "capturing stacks that are all different" "$status" 0
counted_waits stacks
within "a stack takes so many bytes" "$(awk -v grown="$(grown "$TMP/stacks.samples" 2 0.1 0.95)" \
	-v stacks="$(own stacks sleeps)" 'BEGIN { printf "%d\n", grown * 1024 * 6 / 60 / stacks }')" 10 8000
done_testing
