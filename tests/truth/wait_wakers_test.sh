#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Who ended the waits: another thread's whole path, without frame pointers; who had woken that
# one; a timer.
# shellcheck source=tests/truth/wait.sh
source "$(dirname "$0")/wait.sh"

mapfile -t outputs < <(views wakers offcpu offwake wakeup)
ok "capturing a chain of wakeups" capture_as offwake wakers "${outputs[@]}" --chain 2 \
	--max-overhead 0 -- "$TRUTH/wait_condvar" 200
for path in wait_path relay_path starter_rest; do
	within_bounds "$path: time blocked" "$(blocked wakers.offcpu ";$path;")" wakers $path blocked 1 500
	agree "and with its wakers above it" "$(blocked wakers.offwake ";$path;")" \
		"$(blocked wakers.offcpu ";$path;")" 0 300
done

# Innermost first above a stack; the chain's next waker after it.
signalled='(.*;)?signal_inner;signal_middle;signal_outer;signaller_main;(.*;)?signaller;'
written='(.*;)?starter_path;starter_main;(.*;)?starter;'
woken "the waiter is woken by the signaller's whole path" wakers.offwake \
	';wait_path;(.*;)?\[waits: futex\]' "$signalled"
woken "the signaller by the starter's path" wakers.offwake \
	';relay_path;(.*;)?\[waits: read, pipe\]' "$written"
woken "the starter by a timer" wakers.offwake \
	';starter_rest;(.*;)?\[waits: clock_nanosleep\]' '(.*;)?\[timer\];$'
woken "and that is the end of the chain" wakers.offwake \
	';relay_path;(.*;)?\[waits: read, pipe\]' "$written(\\[woken by\\];(.*;)?\\[timer\\];)?$"
woken "nobody but the starter had woken the signaller" wakers.offwake \
	';wait_path;(.*;)?\[waits: futex\]' "$signalled(\\[woken by\\];$written)?$"
within "who is above it (percent)" "$(percent \
	"$(matching wakers.offwake ";wait_path;" ";\\[woken by\\];$signalled\\[woken by\\];$written$")" \
	"$(blocked wakers.offwake ';wait_path;')")" 90 100

# Root first in the view of wakers.
while read -r path whose; do
	agree "the view of wakers has the waits of $path under it" "$(matching wakers.wakeup "$whose")" \
		"$(matching wakers.offwake ";$path;" ';\[woken by\];')" 0.5 1000
done <<'EOT'
wait_path ^;waiter;signaller;(.*;)?signaller_main;signal_outer;signal_middle;signal_inner;
relay_path ^;signaller;starter;(.*;)?starter_main;starter_path;
starter_rest ^;starter;\[timer\];
EOT

ok "capturing without a chain" capture_as offwake single --max-overhead 0 -- \
	"$TRUTH/wait_condvar" 100
woken "the waker is there" single ';wait_path;(.*;)?\[waits: futex\]' "$signalled$"
is "and who had woken it is not" "$(matching single '\[woken by\];.*\[woken by\];')" 0
ok "capturing wakers alone" capture_as wakeup alone --max-overhead 0 -- "$TRUTH/wait_condvar" 100
listed() { # NAME: in the table of wakers, with at least 100 wakeups
	awk -v name="$1" '/ was ended by$/ { inside = 1; next } / waited for$/ { inside = 0 }
		inside && $NF == name { gsub(",", ""); found = / [1-9][0-9][0-9] / } END { exit !found }' \
		"$TMP/alone.log"
}
for name in signaller starter '[timer]'; do
	ok "the report says what $name has ended" listed "$name"
done
for name in wakers wakers.offwake wakers.wakeup single; do
	sound $name
done
balanced wakers
done_testing
