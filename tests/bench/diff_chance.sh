#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How often a comparison of one capture with one other is right: captures of the example service that
# does the same all the time, each pair of them; and of a program against itself with 3 points more of
# its time in one function, both captured at once. Some five minutes. What else the machine does
# meanwhile is in it: a service is as steady as what is left to it. PARTS=planted leaves the first out.
# Waits and all time of the service are captured for 4 s each, as in a first try.
# shellcheck source=tests/bench/peers.sh
source "$(dirname "$0")/peers.sh"

CAPTURES=${CAPTURES:-10}
SECONDS_EACH=${SECONDS_EACH:-8}
RATE=${RATE:-999}
ENOUGH=9000 # samples a side, for which 3 points more are to be found

# number FILE WORD: a number of a verdict.
number() { grep -o "\"$2\":[0-9.]*" "$1" | head -n 1 | cut -d: -f2; }
# The samples of the smaller side of the last comparison.
fewest() { grep -o '"total":[0-9]*' "$WORK/verdict.json" | cut -d: -f2 | sort -n | head -n 1; }
compare() { "$BOLOMETER" diff -q "$1" "$2" --verdict "$WORK/verdict.json" 2>/dev/null; }
percent() { awk -v part="$1" -v of="$2" 'BEGIN { printf "%.1f\n", of ? 100 * part / of : 0 }'; }
end() { kill "$@" 2>/dev/null && wait "$@" 2>/dev/null; }

# pairs WHAT FILES...: each file against each of those behind it.
pairs() {
	local what=$1 comparisons=0 any=0 tested=0 moved=0 before after
	shift
	while before=$1 && shift && [ $# -gt 0 ]; do
		for after; do
			compare "$before" "$after" || return
			comparisons=$((comparisons + 1))
			tested=$((tested + $(number "$WORK/verdict.json" tested)))
			moved=$((moved + $(number "$WORK/verdict.json" moved)))
			[ "$(number "$WORK/verdict.json" moved)" -eq 0 ] || any=$((any + 1))
		done
	done
	row "$what: $tested tests, called a change" bolometer "$(percent $moved $tested)" % "<= 5 %"
	row "$what: $comparisons comparisons with any" bolometer "$(percent $any $comparisons)" % "<= 5 %"
}

steady() {
	local service load port i command
	"$ROOT/build/examples/hotservice" --journal "$WORK/journal" >"$WORK/service" 2>&1 &
	service=$!
	for i in {1..50}; do
		port=$(sed -n 's/^listening on 127\.0\.0\.1://p' "$WORK/service")
		[ -z "$port" ] || break
		sleep 0.1
	done
	"$ROOT/build/examples/loadgen" --port "$port" --duration 600 >/dev/null 2>&1 &
	load=$!
	sleep 5
	for ((i = 10; i < 10 + CAPTURES; i++)); do
		"$BOLOMETER" cpu -q -p "$service" -d "$SECONDS_EACH" -F "$RATE" --group process \
			-o "$WORK/steady$i.svg"
	done
	for command in offcpu wall; do
		for ((i = 10; i < 10 + CAPTURES; i++)); do
			"$BOLOMETER" "$command" -q -p "$service" -d 4 -o "$WORK/$command$i.svg"
		done
	done
	end "$load" "$service"
	for command in steady offcpu wall; do
		pairs "the example service, ${command/steady/cpu}" "$WORK/$command"*.svg
	done
}

planted() {
	local same more found=0 comparisons=0 i before after
	"$BUILD/truth/planted" 0 1000 >/dev/null &
	same=$!
	"$BUILD/truth/planted" 3 1000 >/dev/null &
	more=$!
	# Twice as long, half as many: some 16,000 samples of one thread.
	for ((i = 10; i < 10 + CAPTURES / 2; i++)); do
		"$BOLOMETER" cpu -q -p "$same" -d $((2 * SECONDS_EACH)) -F "$RATE" \
			-o "$WORK/same$i.svg" &
		"$BOLOMETER" cpu -q -p "$more" -d $((2 * SECONDS_EACH)) -F "$RATE" \
			-o "$WORK/more$i.svg"
		wait $!
	done
	end "$same" "$more"
	for before in "$WORK"/same*.svg; do
		for after in "$WORK"/more*.svg; do
			compare "$before" "$after" || return
			[ "$(fewest)" -ge "$ENOUGH" ] || continue
			comparisons=$((comparisons + 1))
			! grep -q '{"name":"kind_1".*"of":"total","verdict":"more"' "$WORK/verdict.json" ||
				found=$((found + 1))
		done
	done
	row "3 points more, $comparisons comparisons of $ENOUGH samples a side: found" bolometer "$(percent $found $comparisons)" % ">= 90 %"
	pairs "the same program" "$WORK"/same*.svg
}

# shellcheck disable=SC2086 # they are several
for part in ${PARTS:-steady planted}; do
	$part
done
