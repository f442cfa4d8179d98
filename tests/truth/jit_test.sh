#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Code made at run time that moves, and whose memory is used again, while the capture runs: names are
# those of the time. The files that say so are gone when the capture ends.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/capture.sh"

# Within a slice of time (here 100 ms, and more on a busy machine) nobody knows on which side of a move
# a sample was: in 2.5 s that is 4 points of the function before to the one after, and more.
for how in append rewrite dump; do
	capture "$how" --user --slices 1000 -- "$TRUTH/jitmove" "$how" 2.5
	for function in early middle late; do
		near "$how: $function has its share" "$(share "$how" "$function" jit_caller)" \
			"$(own "$how" "$function")" 8
	done
	is "$how: nothing is without a name" "$(weight "$how" '[jit]')" 0
done

capture lines --user --lines -- "$TRUTH/jitmove" dump 0.5
is "lines of a jitdump are those of the address" \
	"$(grep -oE 'early app.js:[0-9]+' "$TMP/lines.folded" | sort -u)" "early app.js:2"

# Maps that are meant to do harm: the rest of the profile is right, and the report says what was not.
hostile() { # NAME COMMAND: with the map $map
	start "$TRUTH/jit" 60
	map=/tmp/perf-$started.map
	for _ in {1..50}; do [ -s "$map" ] && break; sleep 0.02; done
	eval "$2"
	capture "$1" --user -p "$started" -d 0.3
	rm -rf "$map"
	end_children
	within "$1: the stacks are there" "$(share "$1" jit_caller)" 99 100
}
hostile huge 'truncate -s 10G "$map"'
within "huge: what comes first is used" "$(share huge 'hot loop app.js:12' jit_caller)" 50 90
is "huge: the report says so" "$(grep -c 'perf map of pid [0-9]*: only the first' "$TMP/huge.log")" 1
hostile fifo 'rm "$map"; mkfifo "$map"'
hostile link 'mv "$map" "$TMP/elsewhere.map"; ln -s "$TMP/elsewhere.map" "$map"'
hostile foreign 'chown 65534 "$map"'
for name in fifo link foreign; do
	within "$name: the map is not used" "$(weight "$name" '[jit]')" 1 100000
	is "$name: and nothing in it" "$(weight "$name" 'hot loop app.js:12')" 0
	is "$name: the report says so" "$(grep -c 'perf map of pid [0-9]*: not used' "$TMP/$name.log")" 1
done
done_testing
