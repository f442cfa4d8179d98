#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Time blocked, by path, and what was waited for.
# shellcheck source=tests/vm/suite/waits.sh
source "$(dirname "$0")/waits.sh"

capture_waits offcpu paths "$TRUTH/wait_paths" 3
while read -r path thread waits; do
	within_bounds "$path: time blocked" "$(blocked paths ";$path;")" paths "$path" blocked "$PERCENT" "$FLOOR_US"
	is "$path is in its thread" "$(roots paths "$path")" "${thread/+/ }"
	within "$path waits for $waits (percent)" "$(percent \
		"$(matching paths ";$path;" ";\\[waits: ${waits/+/ }\\];$")" "$(blocked paths ";$path;")")" 98 100
done <<'EOT'
sleep_path sleeper clock_nanosleep
pipe_path pipe+reader read,+pipe
poll_path poller (poll|ppoll)
mutex_path mutex+waiter futex
EOT
well_kept paths
done_testing
