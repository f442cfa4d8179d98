#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A wait in each of 65,000 stacks: less than a thousandth of the time is lost, and what is is told.
# shellcheck source=tests/truth/wait.sh
source "$(dirname "$0")/wait.sh"
STACKS=65000

mapfile -t outputs < <(views many offcpu runq)
ok "capturing $STACKS stacks" capture_as wall many "${outputs[@]}" --max-overhead 0 -- \
	"$TRUTH/wait_manystacks" "$STACKS"
balanced many
within "less than 0.1 % of the events are lost (per mille)" \
	"$(awk -v lost="$(lost many)" -v fired="$(fired many)" \
		'BEGIN { print fired ? 1000 * lost / fired : 1000 }')" 0 0.999
levels=$(printf '(zero|one);%.0s' {1..17})
levels="^;wait_manystacks;(.*;)?main;visit;${levels}block_here;"
blocked_times=$(own many blocked_times)
within "each stack that blocked is there" "$(distinct many.offcpu "$levels" ';\[waits: ')" \
	$((blocked_times * 999 / 1000 - 10)) $((blocked_times * 1001 / 1000 + 10))
agree "and with it the time" "$(off many ';visit;')" "$(own many visit)" 0.5 \
	$((2000 + $(own many steal_us)))
agree "the books have it, too" "$(awk -v b="$(books many blocked)" -v q="$(books many queued)" \
	'BEGIN { print (b + q) * 1e6 }')" "$(own many visit)" 1 $((20000 + $(own many steal_us)))

# Tables far too small: most is lost, and every event of it is counted.
ok "capturing with tables far too small" capture_as offcpu small --max-overhead 0 \
	--table-entries 64 -- "$TRUTH/wait_manystacks" 5000
within "much is lost" "$(lost small)" 100 100000
balanced small
within "what is there is not more than there was" "$(matching small ';visit;')" 0 \
	"$(own small visit)"
done_testing
