#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The same bytes and the same messages whatever the number of CPUs. `make check-tsan` runs this with
# a build that finds races.
# shellcheck source=tests/tap.sh
source "$(dirname "$0")/../tap.sh"
cd "$TMP" || exit 1

if [ "$(nproc)" -lt 2 ]; then
	skip "work by two threads" "needs two CPUs"
	done_testing
fi
one_cpu=$(taskset -cp $$ | sed 's/.*: *\([0-9]*\).*/\1/')

# More than 200,000 frames, from which on graphs are packed in several pieces.
stacks() { # ADD
	awk -v add="$1" 'BEGIN {
		for (line = 0; line < 23000; line++) {
			printf "main;serve_%d", line / 100
			for (i = 0; i < 9; i++)
				printf ";step_%d", (line * 7919 + i * 104729) % 20011
			printf " %d\n", 1 + line % 20 + (line % 3 == 0) * add
		}
	}'
}
stacks 0 >before.folded
stacks 1 >after.folded
printf 'no number\nmain;a 1\n' >bad.folded
printf 'none either\n' >worse.folded

both_ways() { # NAME ARGS...: with one CPU and with all
	local name=$1 one all
	shift
	rm -f one.svg all.svg
	taskset -c "$one_cpu" "$BOLOMETER" "$@" -o one.svg 2>one.err
	one=$?
	"$BOLOMETER" "$@" -o all.svg 2>all.err
	all=$?
	sed -i 's/one\.svg/all.svg/' one.err
	is "$name: same status" "$all" "$one"
	ok "$name: same messages" diff one.err all.err
	if [ -e one.svg ]; then
		ok "$name: same graph" cmp one.svg all.svg
	else
		ok "$name: no graph" test ! -e all.svg
	fi
}

both_ways "a large file" render before.folded
ok "it is large" grep -q 'data-encoding="deflate-raw"' all.svg
both_ways "a comparison" diff before.folded after.folded
ok "and something is compared" test -s all.svg
both_ways "several of a side" diff --before before.folded before.folded after.folded --after after.folded bad.folded
is "what is wrong is said once" "$(grep -c 'bad.folded: line 1' all.err)" 1
both_ways "two that are no good" diff worse.folded bad.folded
is "only of the first something is said" "$(grep -c bad.folded all.err)" 0
both_ways "the second is no good" diff bad.folded worse.folded
is "then both are told of, in their order" "$(sed -n 's/^bolometer: \([a-z]*\)\.folded: line.*/\1/p' all.err | tr '\n' ' ')" \
	"bad worse "
both_ways "the second is not there" diff before.folded none.folded
done_testing
