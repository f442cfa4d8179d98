#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A wait in each of 65,000 stacks: less than a thousandth of the time is lost, and what is is told.
# shellcheck source=tests/truth/wait.sh
source "$(dirname "$0")/wait.sh"
STACKS=65000

ok "capturing $STACKS stacks" capture_as wall many --max-overhead 0 -- \
	"$TRUTH/wait_manystacks" "$STACKS"
balanced many
within "less than 0.1 % of the events are lost (per mille)" \
	"$(awk -v lost="$(lost many)" -v fired="$(fired many)" \
		'BEGIN { print fired ? 1000 * lost / fired : 1000 }')" 0 0.999
levels=$(printf '(zero|one);%.0s' {1..17})
levels="^;wait_manystacks;(.*;)?main;visit;${levels}block_here;"
blocked_times=$(own many blocked_times)
within "each stack that blocked is there" "$(distinct many "$levels" ';\[waits: ')" \
	$((blocked_times * 999 / 1000 - 10)) $((blocked_times * 1001 / 1000 + 10))
TAKEN_US=$(own many taken_us)
metered many visit 0.5 2000 ';visit;'
within_bounds "the books have it, too" "$(awk -v b="$(books many blocked)" -v q="$(books many queued)" \
	'BEGIN { print (b + q) * 1e6 }')" many visit off 1 20000
# Tables far too small: most is lost, and every event of it is counted.
ok "capturing with tables far too small" capture_as offcpu small --max-overhead 0 \
	--table-entries 64 -- "$TRUTH/wait_manystacks" 5000
within "much is lost" "$(lost small)" 100 100000
balanced small
within "what is there is not more than there was" "$(matching small ';visit;')" 0 \
	"$(($(own small visit) + $(own small visit.cpu)))"
done_testing
