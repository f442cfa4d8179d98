#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Comparisons of real captures: of a service that does the same all the time nothing is called a
# change; of the same service with a fault built in, the function that has it is. Both run and are
# captured at once, each with one of the two CPUs, so that what the machine does meanwhile is on both.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/capture.sh"
EXAMPLES=$ROOT/build/examples
FREQUENCY=1999

# serve NAME OPTIONS...: a service with its load; its pid in $served.
serve() {
	local name=$1 port=
	shift
	: >"$TMP/$name.service"
	"$EXAMPLES/hotservice" --journal "$TMP/$name.journal" "$@" >"$TMP/$name.service" 2>&1 &
	served=$!
	children+=("$served")
	listening "$TMP/$name.service"
	start "$EXAMPLES/loadgen" --port "$port" --connections 8 --duration 120
}

# both NUMBER SECONDS: a capture of each at the same time, as text and as a graph.
both() {
	local captures
	capture "fast$1" -p "$fast" -d "$2" --group process -o "$TMP/fast$1.svg" &
	captures=$!
	capture "slow$1" -p "$slow" -d "$2" --group process -o "$TMP/slow$1.svg"
	wait "$captures"
}

# of WORD: a number of the last verdict.
of() { grep -o "\"$1\":[0-9.]*" "$TMP/verdict.json" | head -n 1 | cut -d: -f2; }
# moved NAME: how the function's total moved, by the last verdict.
moved() {
	grep -F "{\"name\":\"$1\"" "$TMP/verdict.json" | grep -F '"of":"total"' |
		grep -o '"verdict":"[a-z ]*"' | cut -d'"' -f4
}
compare() { # OPTIONS...
	(cd "$TMP" && timeout 60 "$BOLOMETER_FAST" diff --verdict verdict.json "$@" >/dev/null 2>diff.log)
	status=$?
}
# files NAME NUMBERS: "1,2" of a service.
files() { printf "$1%s.folded " ${2//,/ }; }
serve slow --slow-hash
slow=$served
serve fast
fast=$served
sleep 1
EIGHT=1,2,3,4,5,6,7,8
for i in ${EIGHT//,/ }; do
	both "$i" 1
done

# ---- a steady service ---------------------------------------------------------------------------
# steady NAME: sets tested and marked, how many functions' values were, over three comparisons: the
# ways to divide eight captures into four and four that have nothing in common.
steady() {
	local before after
	while read -r before after; do
		# shellcheck disable=SC2046
		compare --before $(files "$1" "$before") --after $(files "$1" "$after")
		is "the $1 one: a comparison of $before and $after" "$status" 0
		echo "# tested $(of tested), moved $(of moved), dispersion $(of dispersion)"
		tested=$((tested + $(of tested))) marked=$((marked + $(of moved)))
	done <<-EOT
		1,3,5,7 2,4,6,8
		1,2,5,6 3,4,7,8
		1,4,5,8 2,3,6,7
	EOT
}
tested=0 marked=0
steady fast
steady slow
# Functions that call each other go up and down together, so that the few false discoveries there may
# be come in heaps: what is not found again was one.
if [ $((100 * marked)) -gt $((5 * tested)) ]; then
	for i in ${EIGHT//,/ }; do
		both "$i" 1
	done
	tested=0 marked=0
	steady fast
	steady slow
fi
within "functions that could be tested" "$tested" 120 100000
within "percent of them that were called a change" \
	"$(awk -v m="$marked" -v t="$tested" 'BEGIN { print 100 * m / t }')" 0 5

# ---- a fault ------------------------------------------------------------------------------------
# shellcheck disable=SC2046
compare --before $(files fast "$EIGHT") --after $(files slow "$EIGHT") \
	--fail-on 'total(write_sha256)>+5%'
is "the gate on the slower function fails" "$status" 3
is "it does more" "$(moved write_sha256)" more
ok "the report has it" grep -q 'more .*write_sha256' "$TMP/diff.log"
sed 's/^/# /' "$TMP/diff.log"
# shellcheck disable=SC2046
compare --before $(files fast "$EIGHT") --after $(files slow "$EIGHT") \
	--fail-on 'total(route_lookup)>+20%'
is "that on another holds" "$status" 0
# Some 6,000 samples: with 2,000 one capture of each missed the fault in five of 36, with 4,000 never.
both long 6
compare fastlong.svg slowlong.svg --fail-on 'total(write_sha256)>+5%'
is "one capture of each will do for it" "$status" 3
ok "by what their time slices show" grep -q '"spread":"time slices"' "$TMP/verdict.json"
sed 's/^/# /' "$TMP/diff.log"
done_testing
