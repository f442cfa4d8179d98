#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Code made at run time that moves, and whose memory is used again, while the capture runs: names are
# those of the time. The files that say so are gone when the capture ends.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/capture.sh"

# Within a slice of time (here 100 ms and more) nobody knows on which side of a move a sample was: two
# moves in 2 s are up to 5 points each, of the function before to the one after.
for how in append rewrite replace dump; do
	capture "$how" --user --slices 1000 -- "$TRUTH/jitmove" "$how" 2
	for function in early middle late; do
		near "$how: $function has its share" "$(share "$how" "$function" jit_caller)" \
			"$(own "$how" "$function")" 6
	done
	is "$how: nothing is without a name" "$(weight "$how" '[jit]')" 0
done

capture lines --user --lines -- "$TRUTH/jitmove" dump 0.5
is "lines of a jitdump are those of the address" \
	"$(grep -oE 'early app.js:[0-9]+' "$TMP/lines.folded" | sort -u)" "early app.js:2"
done_testing
