#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# speedscope itself opens what is written for it, in headless Chromium. It is not in the distribution: npm
# fetches it into a cache outside of the tree, once. Where it cannot be had, the test is skipped.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

VERSION=1.25.0
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/bolometer-tests/speedscope-$VERSION
PACKAGE=$CACHE/node_modules/speedscope

fetch() {
	[ -e "$PACKAGE/dist/release/index.html" ] && return
	mkdir -p "$CACHE" &&
		(cd "$CACHE" && timeout 60 npm install --no-audit --no-fund --ignore-scripts \
			"speedscope@$VERSION") >/dev/null 2>&1
}

for program in node npm chromium; do
	if ! command -v $program >/dev/null; then
		skip "speedscope opens what is written" "$program is not installed"
		done_testing
	fi
done
if ! fetch; then
	skip "speedscope opens what is written" "npm could not fetch speedscope@$VERSION"
	done_testing
fi
printf '%s\n' 'main;work;memcpy_[i] 5' 'main;work;vfs_read_[k] 7' 'main;[waits: futex] 3' >"$TMP/text.folded"
ok "text is written" "$BOLOMETER" render -q "$TMP/text.folded" -o "$TMP/text.json" --title 'some title'
ok "a profile of Go is written" "$BOLOMETER" render -q tests/golden/pprof/go-cpu.pb.gz -o "$TMP/go.json"
ok "threads are written" "$BOLOMETER" render -q tests/golden/speedscope/pyspy.json -o "$TMP/threads.json"
ok "bytes are written" "$BOLOMETER" render -q tests/golden/pprof/go-heap.pb.gz -o "$TMP/heap.json"
node tests/browser/speedscope.js "$PACKAGE" "$TMP" "$tests_run" >"$TMP/tap"
status=$?
cat "$TMP/tap"
tests_run=$((tests_run + $(grep -cE '^(not )?ok ' "$TMP/tap")))
tests_failed=$((tests_failed + $(grep -c '^not ok ' "$TMP/tap")))
is "the tests ran to their end" "$status" 0
done_testing
