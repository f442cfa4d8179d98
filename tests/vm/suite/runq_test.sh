#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Time in the run queue, where there are more threads than CPUs, and who ran instead.
# shellcheck source=tests/vm/suite/waits.sh
source "$(dirname "$0")/waits.sh"

capture_waits runq crowd "$TRUTH/wait_mixed" 3 spinner spinner spinner spinner mixed
for thread in spinner-1 spinner-2 spinner-3 spinner-4 mixed-1; do
	within_bounds "$thread: time in the run queue" "$(queued crowd "^;$thread;" '!;\[new thread\];')" \
		crowd $thread queued "$PERCENT" 100000
done
well_kept crowd
done_testing
