#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Who ended the waits: another thread's whole path, without frame pointers; who had woken that
# one; a timer.
# shellcheck source=tests/truth/wait.sh
source "$(dirname "$0")/wait.sh"

mapfile -t outputs < <(views wakers offcpu offwake wakeup)
ok "capturing a chain of wakeups" capture_as offwake wakers "${outputs[@]}" --chain 2 -- \
	"$TRUTH/wait_condvar" 200
blocked=$(matching wakers.offcpu ';wait_path;')
agree "the waiter is blocked as long as it says" "$blocked" "$(own wakers wait_path.blocked)" 1 1000
agree "the signaller is blocked as long as it says" "$(matching wakers.offcpu ';relay_path;')" \
	"$(own wakers relay_path.blocked)" 1 1000

# Root first in the view of wakers.
within "the waiter is woken by the signaller's whole path (percent)" "$(percent \
	"$(matching wakers.wakeup \
		'^;waiter;signaller;(.*;)?signaller_main;signal_outer;signal_middle;signal_inner;')" \
	"$(matching wakers.wakeup '^;waiter;(.*;)?signal_inner;')")" 99.5 100
agree "that is all its blocked time" "$(matching wakers.wakeup '^;waiter;(.*;)?signal_inner;')" \
	"$blocked" 1 1000
within "the signaller is woken by the starter's path (percent)" "$(percent \
	"$(matching wakers.wakeup '^;signaller;starter;(.*;)?starter_main;starter_path;')" \
	"$(matching wakers.wakeup '^;signaller;starter;')")" 99 100
agree "the starter is woken by a timer" "$(matching wakers.wakeup '^;starter;\[timer\];')" \
	"$(own wakers starter_rest.blocked)" 1 1000

# Innermost first above a stack; the chain's next waker after it.
signalled='\[waits: futex\];\[woken by\];(.*;)?signal_inner;signal_middle;signal_outer;signaller_main;(.*;)?signaller;'
within "the blocked stack has the waker's above it (percent)" "$(percent \
	"$(matching wakers.offwake ";wait_path;(.*;)?$signalled")" \
	"$(matching wakers.offwake ';wait_path;')")" 99 100
within "and above it who had woken that (percent)" "$(percent \
	"$(matching wakers.offwake \
		";wait_path;(.*;)?${signalled}\\[woken by\\];(.*;)?starter_path;starter_main;(.*;)?starter;")" \
	"$(matching wakers.offwake ';wait_path;')")" 99 100
agree "both views have the same blocked time" "$(matching wakers.offwake ';wait_path;')" \
	"$blocked" 0.1 300

ok "capturing without a chain" capture_as offwake single -- "$TRUTH/wait_condvar" 100
within "the waker is there (percent)" "$(percent \
	"$(matching single ";wait_path;(.*;)?$signalled")" "$(matching single ';wait_path;')")" 98 100
is "and who had woken it is not" "$(matching single '\[woken by\];.*\[woken by\];')" 0
for name in wakers wakers.offwake wakers.wakeup single; do
	sound $name
done
balanced wakers
done_testing
