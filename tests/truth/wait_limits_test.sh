#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Threads that wait all the time: what is estimated to keep the cost low agrees with their own
# clocks, and the report tells; nothing is estimated when the cost may be high.
# shellcheck source=tests/truth/wait.sh
source "$(dirname "$0")/wait.sh"

# The limiter's line of the report.
estimates() { grep -iE 'estimat|stand for|one in [0-9]+' "$TMP/$1.log"; }

totals() { # NAME PERCENT
	local thread
	for thread in ping-1 pong-1; do
		agree "$thread is blocked as long as it says ($1)" \
			"$(matching "$1.offcpu" "^;$thread;(.*;)?play_${thread%-1};")" \
			"$(own "$1" $thread.blocked)" "$2" 20000
		within "and waits for its pipe (percent, $1)" "$(percent \
			"$(matching "$1.offcpu" "^;$thread;(.*;)?play_" ';\[waits: read, pipe\];')" \
			"$(matching "$1.offcpu" "^;$thread;(.*;)?play_")")" 99 100
	done
	agree "the books have all of the blocked time ($1)" \
		"$(awk -v s="$(books "$1" blocked)" 'BEGIN { print s * 1e6 }')" \
		"$(($(own "$1" ping-1.blocked) + $(own "$1" pong-1.blocked) + $(own "$1" wall_us)))" \
		3 50000 # the main thread waits for both
	balanced "$1"
	sound "$1.offcpu"
}

mapfile -t outputs < <(views limited offcpu)
ok "capturing a ping-pong" capture_as wall limited "${outputs[@]}" -- \
	"$TRUTH/wait_mixed" 4 pingpong
totals limited 5
ok "the report tells how waits were estimated" estimates limited

mapfile -t outputs < <(views unlimited offcpu)
ok "capturing without a limit" capture_as wall unlimited "${outputs[@]}" --max-overhead 0 -- \
	"$TRUTH/wait_mixed" 2 pingpong
totals unlimited 2
is "nothing is estimated then" "$(estimates unlimited)" ""

mapfile -t outputs < <(views tight offcpu)
ok "capturing with a low limit" capture_as wall tight "${outputs[@]}" --max-overhead 0.1 -- \
	"$TRUTH/wait_mixed" 4 pingpong sleeper
totals_sleeper=$(matching tight.offcpu '^;sleeper-1;')
agree "a thread with few waits has its time under a low limit" "$totals_sleeper" \
	"$(own tight sleeper-1.blocked)" 5 20000
balanced tight
done_testing
