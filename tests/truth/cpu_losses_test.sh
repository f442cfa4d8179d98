#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The books: every event that fired was recorded, or is in a counter with a name.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/capture.sh"

# From the report: "events: F fired = R recorded + L lost + ...", then a line for each counter.
fired() { sed -n 's/.*events: \([0-9]*\) fired.*/\1/p' "$TMP/$1.log"; }
recorded() { sed -n 's/.*fired = \([0-9]*\) recorded.*/\1/p' "$TMP/$1.log"; }
lost() { sed -n 's/.*recorded + \([0-9]*\) lost.*/\1/p' "$TMP/$1.log"; }
counted() {
	sed -n 's/.* \([0-9][0-9]*\) \(lost:\|left out:\) .*/\1/p' "$TMP/$1.log" |
		awk '{ sum += $1 } END { print sum + 0 }'
}
balanced() { # NAME
	within "events fired ($1)" "$(fired "$1")" 1 1000000000
	is "fired = recorded + counted ($1)" "$(fired "$1")" \
		"$(($(recorded "$1") + $(counted "$1")))"
	is "the profile holds what was recorded ($1)" "$(weight "$1")" "$(recorded "$1")"
}

start "$TRUTH/split603010" 60
ok "capturing everything" capture system -d 1s
balanced system
ok "capturing one process" capture process -p "$started" -d 1s
balanced process
ok "capturing kernel frames" capture kernel --kernel -d 1s
balanced kernel
ok "capturing with tables far too small" capture small --table-entries 64 -d 1s
balanced small
end_children

STACKS=65000
MICROSECONDS=60
FREQUENCY=25000
ok "capturing $STACKS stacks" capture many -- "$TRUTH/manystacks" "$STACKS" "$MICROSECONDS"
balanced many
within "less than 0.1 % is lost (per mille)" \
	"$(awk -v lost="$(lost many)" -v fired="$(fired many)" \
		'BEGIN { print fired ? 1000 * lost / fired : 1000 }')" 0 0.999
distinct=$(grep -c ';leaf' "$TMP/many.folded")
# So many different ones so many samples hit by chance; on a machine that is busy there are fewer.
by_chance=$(awk -v stacks=$STACKS '/;leaf/ { samples += $NF }
	END { printf "%d\n", 0.8 * stacks * (1 - exp(-samples / stacks)) }' "$TMP/many.folded")
within "most stacks were hit" "$distinct" "$by_chance" $((STACKS * 2))
within "which are many" "$distinct" 30000 $((STACKS * 2))
# An interrupt at the first instruction of a function finds no frame pointer for it yet.
whole=$(grep -cP '(;(zero|one)){16};leaf' "$TMP/many.folded")
within "they have their 16 levels" "$whole" $((distinct * 995 / 1000)) "$distinct"
done_testing
