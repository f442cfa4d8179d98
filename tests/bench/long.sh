#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Captures that last: SECONDS (3600) of processes that come and go, followed by wall, and as long of
# stacks that are all different. What the tool has is noted every ten seconds; memory, descriptors and
# BPF maps should not grow in the second half of the first, and the waits be those that there were.
#   tests/bench/long.sh [SECONDS]
# shellcheck source=tests/bench/peers.sh
source "$(dirname "$0")/peers.sh"
# shellcheck source=tests/truth/long.sh
source "$(dirname "$0")/../truth/long.sh"
SECONDS_EACH=${1:-3600}
WAITS=$(dirname "$0")/../truth/waits.py
trap 'rm -rf "$WORK"' EXIT

for mode in churn stacks; do
	"$BOLOMETER" wall --max-overhead 0 -q -o "$WORK/$mode.svg" -o "offcpu:$WORK/$mode.pb.gz" -- \
		"$BUILD/truth/long" "$mode" "$SECONDS_EACH" >"$WORK/$mode" &
	follow $! "$WORK/$mode.samples" 10
	wait $!
	row "$mode: memory, second half" bolometer "$(grown "$WORK/$mode.samples" 2 0.5 0.99)" KiB/min \
		"$([ "$mode" = churn ] && echo '0, about')"
	row "$mode: memory at the end" bolometer "$(last "$WORK/$mode.samples" 2)" KiB ""
	row "$mode: descriptors, second half" bolometer "$(grown "$WORK/$mode.samples" 3 0.5 0.99)" \
		1/min "0, about"
	row "$mode: BPF maps at the end" bolometer "$(last "$WORK/$mode.samples" 4)" "" ""
	row "$mode: waits of the program" truth "$(field "$WORK/$mode" sleeps)" "" ""
	row "$mode: waits in the profile" bolometer \
		"$(python3 "$WAITS" "$WORK/$mode.pb.gz" brief_sleep waits)" "" "the same"
done
