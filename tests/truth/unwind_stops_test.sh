#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Address for address: processes are stopped where the walker sampled them, and their stacks are
# what eu-stack finds then (tests/truth/stops). UNWIND_ALL=1 stops them more often, and busy
# programs of the distribution as well.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/capture.sh"
# shellcheck source=tests/truth/unwind/workloads.sh
source "$ROOT/tests/truth/unwind/workloads.sh"

UNWIND=$TRUTH/unwind
STOPS=$TRUTH/stops/stops
COUNT=6
WORK_COUNT=20
ALL=${UNWIND_ALL:-}
if [ -n "$ALL" ]; then
	COUNT=40
	WORK_COUNT=200
fi
all_equal=0 all_stops=0

if ! command -v eu-stack >/dev/null; then
	skip "stacks at stops" "eu-stack (elfutils) is not installed"
	done_testing
fi

number() { awk -v word="$1" '$1 == word { print $2 }' "$TMP/stops.out"; }

# stopped NAME COUNT INCOMPLETE PID: all stops are equal, but for this part at most, in percent, where
# the walker says that it could not go on. eu-stack's own early ends and threads that moved are few.
stopped() {
	local equal incomplete other
	"$STOPS" "$2" "$4" >"$TMP/stops.out" 2>"$TMP/stops.err"
	equal=$(($(number equal) + $(number restarted)))
	incomplete=$(number incomplete)
	other=$(($(number oracle_ends) + $(number moved)))
	all_equal=$((all_equal + equal)) all_stops=$((all_stops + $2))
	if [ "$(number unequal)" = 0 ] && ((equal + incomplete + other == $2)) &&
		((100 * incomplete <= $3 * $2)) && ((10 * other <= $2)); then
		pass "$1: $equal of $2 equal, $incomplete incomplete, $other say nothing"
	else
		fail "$1: stacks equal eu-stack's" "$(cat "$TMP/stops.out" "$TMP/stops.err")"
	fi
}

# shape INCOMPLETE PROGRAM [ARGUMENT...]
shape() {
	if [ ! -x "$UNWIND/$2" ]; then
		skip "${*:2}" "it was not built: its tool is missing"
		return
	fi
	start "$UNWIND/$2" "${@:3}"
	sleep 0.1
	stopped "${*:2}" "$COUNT" "$1" "$started"
	rest
}

for program in "$UNWIND"/chain_*; do
	# .debug_frame is read where there is no .eh_frame at all, and here the startup code has some.
	[ "$program" = "$UNWIND/chain_debug_frame_beside" ] && continue
	shape 0 "${program##*/}"
done
shape 100 chain_debug_frame_beside
for name in array allocated variable aligned aligned_variable; do shape 0 frames "$name"; done
for name in pushes branches red_zone other_register moved_down moved_by_frame_pointer last_call; do
	shape 0 odd "$name"
done
shape 100 odd moved_up # callers that lie below, but across a signal, look like a stack gone wrong
for name in timer alternate above nested first; do shape 0 signals "$name"; done
for name in clock kernel; do shape 0 calls "$name"; done
# longjmp() and the dynamic linker's resolver have rules from registers that rows do not keep.
shape 20 calls jumps
shape 0 binding stubs
shape 50 binding lazy
for name in exceptions threads threads_rust forks loads generated 'stacks coroutines'; do
	# shellcheck disable=SC2086 # a program and its argument
	shape 0 $name
done
for depth in 100 600 2000 20000; do shape 0 recurse "$depth"; done

for name in $WORKLOADS; do
	case $name in
	python | openssl | perl | xz) ;;
	*) [ -n "$ALL" ] || continue ;;
	esac
	if work "$name"; then
		sleep 0.3
		stopped "$name" "$WORK_COUNT" 1 "${target##*,}"
	else
		skip "$name" "$missing is not installed"
	fi
	rest
done
echo "# $all_equal of $all_stops stacks are eu-stack's"
done_testing
