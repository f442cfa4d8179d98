#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Who ended the waits: another thread's path, or a timer; and who had woken that one.
# shellcheck source=tests/vm/suite/waits.sh
source "$(dirname "$0")/waits.sh"

OPTIONS="--chain 2" capture_waits offwake wakers "$TRUTH/wait_condvar" 60
for path in wait_path relay_path starter_rest; do
	within_bounds "$path: time blocked" "$(blocked wakers ";$path;")" wakers $path blocked "$PERCENT" "$FLOOR_US"
done
signalled='(.*;)?signal_inner;signal_middle;signal_outer;signaller_main;(.*;)?signaller;'
written='(.*;)?starter_path;starter_main;(.*;)?starter;'
woken "the waiter is woken by the signaller's path" wakers ';wait_path;(.*;)?\[waits: futex\]' "$signalled"
woken "the signaller by the starter's" wakers ';relay_path;(.*;)?\[waits: read, pipe\]' "$written"
woken "the starter by a timer" wakers ';starter_rest;(.*;)?\[waits: clock_nanosleep\]' '(.*;)?\[timer\];$'
within "who had woken the signaller is above it (percent)" "$(percent \
	"$(matching wakers ";wait_path;" ";\\[woken by\\];$signalled\\[woken by\\];$written$")" \
	"$(blocked wakers ';wait_path;')")" 80 100
well_kept wakers
done_testing
