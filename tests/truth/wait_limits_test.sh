#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Threads that wait all the time: what each of them waits is exact, however little of it is looked
# at to keep the cost low; which stacks it was in is estimated, and the report tells; nothing is
# estimated when the cost may be high.
# shellcheck source=tests/truth/wait.sh
source "$(dirname "$0")/wait.sh"
# On one CPU, which then never wakes up: the kernel's clocks are right but for a moment.
pinned=(taskset -c "$(($(getconf _NPROCESSORS_ONLN) - 1))")

# The limiter's line of the report.
estimates() { grep -E '^estimated: [^ ]+ .*waits' "$TMP/$1.log"; }

# The largest N of "one in N was looked at"; 1 without the line.
one_in() { sed -n 's/.*one in \([0-9]*\) was looked at.*/\1/p' "$TMP/$1.log" | grep . || echo 1; }

totals() { # NAME POINTS: of the two threads; and how far the estimate may be off
	local name=$1 by=$2 thread turn ran TAKEN_US LEAVE_US=1 STALE_US=5
	TAKEN_US=$(own "$name" taken_us)
	for thread in ping-1 pong-1; do
		turn="^;$thread;(.*;)?play_${thread%-1};turn;(odd|even)_turn;"
		metered "$name" $thread 1 10000 "^;$thread;" '!;\[new thread\];'
		within "$thread is blocked in its turns (percent, $name)" "$(percent \
			"$(blocked "$name" "$turn")" \
			"$(blocked "$name" "^;$thread;" '!;(\[not walked\]|pthread_barrier_wait);')")" 97 100
		within "and waits for its pipe (percent, $name)" "$(percent \
			"$(matching "$name" "$turn" ';\[waits: read, pipe\];')" \
			"$(blocked "$name" "$turn")")" 99.9 100
	done
	# The paths of a thread are the same but for their names. Who else wants the CPU makes a few waits
	# of each long, which are not shared out as evenly.
	ran=$(($(own "$name" ping-1.cpu) + $(own "$name" pong-1.cpu)))
	[ $ran -ge $(($(own "$name" wall_us) * 85 / 100)) ] || by=40
	near "every other time in one of two paths (percent, $name)" "$(percent \
		"$(blocked "$name" ";odd_turn;")" "$(blocked "$name" ";turn;")")" 50 "$by"
	agree "the books have all of the blocked time ($name)" \
		"$(awk -v s="$(books "$name" blocked)" 'BEGIN { print s * 1e6 }')" \
		"$(blocked "$name")" 0 20000
	agree "and all of the time in the run queue ($name)" \
		"$(awk -v s="$(books "$name" queued)" 'BEGIN { print s * 1e6 }')" \
		"$(queued "$name")" 0 20000
	balanced "$name"
	sound "$name"
}

ok "capturing a ping-pong" capture_as wall limited -- "${pinned[@]}" "$TRUTH/wait_mixed" 4 pingpong
totals limited 15
ok "the report tells how waits were estimated" estimates limited
ok "and that wakings were not followed" grep -q 'too often for --max-overhead' "$TMP/limited.log"
within "of these hardly one in a hundred was looked at" "$(one_in limited)" 100 1000000

ok "capturing one that is not that fast" capture_as wall slower -- \
	"${pinned[@]}" "$TRUTH/wait_mixed" 4 pingwork
totals slower 5
ok "which is estimated, too" estimates slower

ok "capturing without a limit" capture_as wall unlimited --max-overhead 0 -- \
	"${pinned[@]}" "$TRUTH/wait_mixed" 2 pingpong
totals unlimited 3
is "nothing is estimated then" "$(estimates unlimited)" ""
is "and wakings are followed" "$(grep 'too often for --max-overhead' "$TMP/unlimited.log")" ""

ok "capturing with a low limit" capture_as wall tight --max-overhead 0.1 -- \
	"${pinned[@]}" "$TRUTH/wait_mixed" 4 pingpong sleeper
totals tight 30
within "less is looked at then" "$(one_in tight)" "$(one_in limited)" 1000000
LEAVE_US=5 metered tight sleeper-1 1 10000 '^;sleeper-1;' '!;\[new thread\];'
done_testing
