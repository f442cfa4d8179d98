#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# All of the time of threads: on the CPU, blocked, in the run queue; and that the books close.
# shellcheck source=tests/vm/suite/waits.sh
source "$(dirname "$0")/waits.sh"

OPTIONS="-F 199" capture_waits wall mixed "$TRUTH/wait_mixed" 3
for thread in sleeper-1 spinner-1 ping-1 pong-1 mixed-1; do
	for what in blocked queued; do
		within_bounds "$thread: time $what" "$($what mixed "^;$thread;" '!;\[new thread\];')" \
			mixed $thread $what "$PERCENT" 100000
	done
	agree "$thread: all its life" "$(matching mixed "^;$thread;" '!;\[new thread\];')" \
		"$(($(own mixed $thread) + $(own mixed $thread.cpu)))" 3 150000
done
within "what is missing of the lifetime (percent)" "$(books mixed residual)" 0 1
within "the books have every thread" "$(books mixed threads)" 6 20
well_kept mixed
done_testing
