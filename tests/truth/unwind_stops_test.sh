#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Address for address: processes are stopped where the walker sampled them, and their stacks are
# what eu-stack finds then (tests/truth/stops). The same for stacks that are made of snapshots.
# UNWIND_ALL=1 stops them more often, and all the busy programs of the distribution.
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

# stopped NAME COUNT ALLOWED PID [snapshot]: all stops are equal, but for this part at most, in percent, where
# the walker says that it could not go on, or eu-stack says so of itself. What comes between a sample
# and the stop, a signal for one, moves a thread: then there is nothing to compare, but not often.
stopped() {
	local equal missing moved
	"$STOPS" "$2" "${@:4}" >"$TMP/stops.out" 2>"$TMP/stops.err"
	equal=$(($(number equal) + $(number restarted) + $(number stepped)))
	missing=$(($(number incomplete) + $(number oracle_ends)))
	moved=$(number moved)
	all_equal=$((all_equal + equal)) all_stops=$((all_stops + $2))
	if [ "$(number unequal)" = 0 ] && ((equal + missing + moved == $2)) &&
		((100 * missing <= $3 * $2 && 3 * moved <= $2)); then
		pass "$1${5:+ ($5)}: $equal of $2 equal, $missing incomplete, $moved moved"
		grep '^#' "$TMP/stops.out" | head -n 12
	else
		fail "$1${5:+ ($5)}: stacks equal eu-stack's" "$(cat "$TMP/stops.out" "$TMP/stops.err")"
	fi
}

# shape ALLOWED PROGRAM [ARGUMENT...]; HOW=snapshot before it compares what snapshots make
shape() {
	if [ ! -x "$UNWIND/$2" ]; then
		skip "${*:2}" "it was not built: its tool is missing"
		return
	fi
	start "$UNWIND/$2" "${@:3}"
	sleep 0.1
	stopped "${*:2}" "$COUNT" "$1" "$started" ${HOW:+"$HOW"}
	rest
}

# Those that are stopped in every run are the ones with the rarer rules.
shapes() { # ALLOWED PROGRAM ARGUMENT...: the same program with each of the arguments
	local argument
	for argument in "${@:3}"; do shape "$1" "$2" "$argument"; done
}
for way in gcc static debug_frame no_sections high clang lld; do shape 0 "chain_$way"; done
# .debug_frame is read where there is no .eh_frame at all, and here the startup code has some.
shape 100 chain_debug_frame_beside
shapes 0 frames allocated aligned_variable
shape 100 frames large # rows keep offsets of up to 256 KB
shapes 0 odd pushes other_register moved_down last_call
shape 100 odd moved_up # callers that lie below, but across a signal, look like a stack gone wrong
shapes 0 signals above nested first
shapes 0 calls clock kernel
# longjmp() and the dynamic linker's resolver have rules from registers that rows do not keep: a
# capture completes these stacks from a snapshot.
shape 34 calls jumps
shape 85 binding lazy # of six stops; where it looks names up the walker knows no rule, a snapshot does
shape 0 threads
shape 17 generated # its first instruction has no frame pointer yet
shapes 0 recurse 600 20000
shape 34 loads # the plugin's table comes when it was missed
# Where an exception lands, and where a context returns to, no call was: unwinders see no caller.
shape 34 exceptions
shape 100 stacks coroutines
if [ -n "$ALL" ]; then
	for way in O0 Os frames static_pie no_pie one_segment large lto hardened stripped no_header \
		no_sections_static debug_frame_compressed clang_O0 clang_static gold clang_lld; do
		shape 0 "chain_$way"
	done
	shapes 0 frames array variable aligned
	shapes 0 odd branches red_zone moved_by_frame_pointer
	shapes 0 signals timer alternate
	shape 0 binding stubs
	shape 0 threads_rust
	shape 20 forks # while the kernel gives it a page of its stack anew, the page is not there
	shapes 0 recurse 100 2000
fi

# Rules that rows do not keep; and what both know. Stacks of no more than a snapshot holds.
HOW=snapshot
shapes 34 calls jumps # at the end of longjmp() the CFA is the jump buffer, which lies below
shape 17 binding lazy # _init, where libraries start, has no call-frame information
for name in chain_debug_frame chain_static threads loads; do shape 0 "$name"; done
shape 17 generated
shape 0 frames aligned_variable
shapes 0 signals timer first
shape 0 recurse 100
HOW=

for name in $WORKLOADS; do
	case $name in
	python | openssl | perl | xz) ;;
	*) [ -n "$ALL" ] || continue ;;
	esac
	if work "$name"; then
		sleep 0.3
		stopped "$name" "$WORK_COUNT" 1 "${target##*,}"
		# cc1plus calls itself deeper than a snapshot holds.
		[ -n "$ALL" ] && stopped "$name" $((WORK_COUNT / 2)) 34 "${target##*,}" snapshot
	else
		skip "$name" "$missing is not installed"
	fi
	rest
done
echo "# $all_equal of $all_stops stacks are eu-stack's"
done_testing
