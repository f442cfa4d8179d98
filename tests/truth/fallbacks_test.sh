#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Captures without what the kernel may lack, each feature hidden in turn: right all the same, or less, as
# docs/KERNELS.md says. Other kernels really lack some of them; see tests/vm.
# WIDE is how many times wider than usual the bounds are.
# shellcheck source=tests/truth/wait.sh
source "$(dirname "$0")/wait.sh"
WIDE=${WIDE:-1}
PERCENT=$((2 * WIDE)) FLOOR_US=$((10000 * WIDE))
STALE_US=$((STALE_US * WIDE)) LEAVE_US=$((LEAVE_US * WIDE))

FEATURES="run queue delays,states of switches,run queue clocks,program statistics,unwind tables,mapped files"

hide() { export BOLOMETER_WITHOUT=$1; }

hide "$FEATURES"
"$BOLOMETER_FAST" doctor >"$TMP/doctor" 2>/dev/null
is "without all of them doctor finds a way" "$?" 0
while read -r feature; do
	ok "doctor says that there are no $feature" grep -q "^  without  $feature " "$TMP/doctor"
done < <(tr , '\n' <<<"$FEATURES")

# A capture of all waits of a few threads, whose meters say how long they were.
wall() { # NAME THREAD...
	local name=$1 thread what
	shift
	ok "capturing without $BOLOMETER_WITHOUT" capture_as wall "$name" -F 499 --max-overhead 0 -- \
		"$TRUTH/wait_mixed" 1 sleeper mixed spinner
	for thread in "$@"; do
		for what in off blocked; do
			within_bounds "$thread: time $what" "$($what "$name" "^;$thread;" '!;\[new thread\];')" \
				"$name" "$thread" $what $PERCENT $FLOOR_US
		done
	done
	within "the books close (residual in percent)" "$(books "$name" residual)" 0 1
	is "nothing is lost" "$(lost "$name")" 0
	balanced "$name"
}

# Without these nobody says when a thread got the CPU that it was not seen to get: of one that then runs on, all
# that time counts as waited.
hide "run queue delays"
wall delays sleeper-1 mixed-1

hide "states of switches"
wall states sleeper-1 mixed-1 spinner-1
ok "capturing one kind of wait" capture_as offcpu kinds --state disk --max-overhead 0 -- \
	"$TRUTH/wait_states" 2
within_bounds "which is all there" "$(blocked kinds ';vfork_path;')" kinds vfork_path blocked $PERCENT \
	$FLOOR_US
is "and no other" "$(blocked kinds ';(sleep|select|stop|trace|short|long)_path;')" 0

# Without their clock no thread dozes: some stacks are not walked, but no time is missing.
hide "run queue clocks"
wall clocks sleeper-1 mixed-1 spinner-1
ok "capturing threads that switch all the time" capture_as wall busy -- "$TRUTH/wait_mixed" 1 pingpong
for thread in ping-1 pong-1; do
	within_bounds "$thread: time off the CPU" "$(off busy "^;$thread;" '!;\[new thread\];')" \
		busy $thread off $PERCENT $FLOOR_US
done
within "and their books close (residual in percent)" "$(books busy residual)" 0 1

hide "program statistics"
ok "capturing a program" capture plain -- "$TRUTH/split603010" 1.5
near "path_a has its share" "$(share plain path_a main)" "$(own plain path_a)" $((3 * WIDE))
is "the report is silent on the programs' cost" "$(grep -c 'cost in the kernel' "$TMP/plain.log")" 0

hide "unwind tables"
ok "capturing a program that keeps frame pointers" capture pointers -- "$TRUTH/split603010" 1.5
near "path_a has its share" "$(share pointers path_a main)" "$(own pointers path_a)" $((3 * WIDE))
near "path_a comes from its own caller" "$(share pointers first_caller path_a)" 100 1
ok "the report says so" grep -q 'frame pointers' "$TMP/pointers.log"
"$BOLOMETER_FAST" cpu --unwind cfi -d 1s -o "$TMP/refused.folded" >"$TMP/refused.log" 2>&1
is "and who insists on tables is refused" "$?" 1
is "in one line" "$(wc -l <"$TMP/refused.log")" 1

hide "mapped files"
ok "capturing by the paths of files" capture paths -- "$TRUTH/split603010" 1.5
near "functions have their names" "$(share paths path_a main)" "$(own paths path_a)" $((3 * WIDE))

hide "no such feature"
ok "nothing else is hidden" "$BOLOMETER_FAST" doctor
done_testing
