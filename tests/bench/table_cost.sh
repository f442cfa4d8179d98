#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tables of call-frame information: the CPU time that building one takes, for a file of the usual
# size and for one of the largest there are, and how large it is. Beside it, how long libdw takes to
# answer once for each of its rows.
# shellcheck source=tests/bench/peers.sh
source "$(dirname "$0")/peers.sh"

libc() { ldd "$(command -v bash)" | awk '$1 ~ /^libc\./ { print $3 }'; }

build() { # NAME FILE TARGET
	local what
	if [ ! -e "$2" ]; then
		echo "not installed: $1" >&2
		return
	fi
	# FILE: N rows, N bytes a row, N ms, libdw N ms, ratio N
	"$BUILD/bench/table_build" "$(readlink -f "$2")" |
		awk -F '[ ,]+' '{ print "rows", $2; print "bytes", $4; print "ms", $8
				  print "libdw_ms", $11 }' >"$WORK/table"
	what="table of $1, $(field "$WORK/table" rows) rows"
	row "$what, CPU" bolometer "$(field "$WORK/table" ms)" ms "< $3 ms"
	row "$what, CPU" "libdw, asked for each row" "$(field "$WORK/table" libdw_ms)" ms -
	row "$what, a row" bolometer "$(field "$WORK/table" bytes)" B "<= 12 B"
}

build libc.so.6 "$(libc)" 3
build node "$(command -v node)" 50
