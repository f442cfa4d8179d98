#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The wakers alone, root first, with the time that others had waited for them.
# shellcheck source=tests/vm/suite/waits.sh
source "$(dirname "$0")/waits.sh"

capture_waits wakeup alone "$TRUTH/wait_condvar" 60
while read -r path whose; do
	within_bounds "$path's waits under who ended them" "$(matching alone "$whose")" \
		alone "$path" blocked 8 "$FLOOR_US"
done <<'EOT'
wait_path ^;waiter;signaller;(.*;)?signaller_main;signal_outer;signal_middle;signal_inner;
relay_path ^;signaller;starter;(.*;)?starter_main;starter_path;
EOT
well_kept alone
done_testing
