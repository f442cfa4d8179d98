#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Comparisons of real captures: of a service that does the same all the time nothing is called a
# change; of the same service with a fault built in, the function that has it is. Captures of both
# sides take turns, or are taken at once, so that what the machine does meanwhile is on both.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/capture.sh"
EXAMPLES=$ROOT/build/examples
FREQUENCY=499

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
	sleep 1
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
files() { printf '%s.folded ' "$@"; }

# ---- a steady service ---------------------------------------------------------------------------
# steady ROUND: sets tested and marked, how many functions' values were, over three comparisons: the
# ways to divide eight captures into four and four that have nothing in common.
steady() {
	local round=$1 before after i
	tested=0 marked=0
	for i in 1 2 3 4 5 6 7 8; do
		capture "steady$i" -p "$served" -d 2 --group process
	done
	while read -r before after; do
		# shellcheck disable=SC2046,SC2086
		compare --before $(for i in ${before//,/ }; do files "steady$i"; done) \
			--after $(for i in ${after//,/ }; do files "steady$i"; done)
		is "round $round: a comparison of $before and $after" "$status" 0
		echo "# tested $(of tested), moved $(of moved), dispersion $(of dispersion)"
		tested=$((tested + $(of tested))) marked=$((marked + $(of moved)))
	done <<-EOT
		1,3,5,7 2,4,6,8
		1,2,5,6 3,4,7,8
		1,4,5,8 2,3,6,7
	EOT
}
serve steady
steady 1
# Functions that call each other go up and down together, so that the few false discoveries there may
# be come in heaps: what is not found again was one.
[ $((100 * marked)) -le $((5 * tested)) ] || steady 2
within "functions that could be tested" "$tested" 60 100000
within "percent of them that were called a change" \
	"$(awk -v m="$marked" -v t="$tested" 'BEGIN { print 100 * m / t }')" 0 5

# ---- a fault ------------------------------------------------------------------------------------
end_children
FREQUENCY=999
serve slow --slow-hash
slow=$served
serve fast
fast=$served
# Both at the same time, each with one of the two CPUs: 8 s are some 4,000 samples. With half as many,
# and fewer on a busy machine, one capture of each missed the fault in one run of six.
for i in 1 2 3; do
	capture "fast$i" -p "$fast" -d 8 --group process -o "$TMP/fast$i.svg" &
	captures=$!
	capture "slow$i" -p "$slow" -d 8 --group process -o "$TMP/slow$i.svg"
	wait "$captures"
done
# shellcheck disable=SC2046
compare --before $(files fast1 fast2 fast3) --after $(files slow1 slow2 slow3) \
	--fail-on 'total(write_sha256)>+5%'
is "the gate on the slower function fails" "$status" 3
is "it does more" "$(moved write_sha256)" more
ok "the report has it" grep -q 'more .*write_sha256' "$TMP/diff.log"
sed 's/^/# /' "$TMP/diff.log"
# shellcheck disable=SC2046
compare --before $(files fast1 fast2 fast3) --after $(files slow1 slow2 slow3) \
	--fail-on 'total(route_lookup)>+20%'
is "that on another holds" "$status" 0
compare fast1.svg slow1.svg --fail-on 'total(write_sha256)>+5%'
is "one capture of each will do for it" "$status" 3
ok "by what their time slices show" grep -q '"spread":"time slices"' "$TMP/verdict.json"
sed 's/^/# /' "$TMP/diff.log"
done_testing
