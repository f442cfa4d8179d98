#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Waits in intervals, one after the other: the files of all intervals added up are what the threads' meters
# say.
# shellcheck source=tests/vm/suite/waits.sh
source "$(dirname "$0")/waits.sh"

mkdir "$TMP/files"
ok "capturing waits in intervals" capture_as wall files/every --every 1s --max-overhead 0 -F 199 -- \
	"$TRUTH/wait_mixed" 4 sleeper mixed
cp "$TMP/files/every.out" "$TMP/every.out"
mapfile -t parts < <(find "$TMP/files" -name '*.folded')
within "there are several" "${#parts[@]}" 2 12
cat "${parts[@]}" >"$TMP/every.folded"
for thread in sleeper-1 mixed-1; do
	within_bounds "$thread: time blocked" "$(blocked every "^;$thread;" '!;\[new thread\];')" \
		every $thread blocked "$PERCENT" 100000
	agree "$thread: all its life" "$(matching every "^;$thread;" '!;\[new thread\];')" \
		"$(($(own every $thread) + $(own every $thread.cpu)))" 5 300000
done
done_testing
