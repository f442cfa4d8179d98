#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A pprof profile of 10 MB before it is packed (tests/bench/pprof.py): read and written, packed with
# gzip on both sides. The goal is 0.3 s for both together. The peer is pprof itself.
# shellcheck source=tests/bench/peers.sh
source "$(dirname "$0")/peers.sh"

REPEATS=5
BYTES=10000000

draw() { # WHAT GOAL NAME PROGRAM...: the median over the repeats
	local what=$1 goal=$2 name=$3 i
	shift 3
	for ((i = 0; i < REPEATS; i++)); do
		"$BUILD/bench/measure" "$WORK/run.$i" 0 "$@" >/dev/null 2>&1 || return
	done
	row "10 MB pprof $what, CPU" "$name" \
		"$(awk '$1 == "cpu_s" { print $2 }' "$WORK"/run.* | median)" s "$goal"
	row "10 MB pprof $what, memory" "$name" \
		"$(awk '$1 == "rss_mib" { print $2 }' "$WORK"/run.* | median)" MiB -
}

python3 "$(dirname "$0")/pprof.py" "$BYTES" "$WORK/big.pb"
draw "read and written" "<= 0.3 s" bolometer \
	"$BOLOMETER" render -q "$WORK/big.pb.gz" -o "$WORK/out.pb.gz"
draw "to folded text" - bolometer "$BOLOMETER" render -q "$WORK/big.pb.gz" -o "$WORK/out.folded"
if command -v go >/dev/null; then
	draw "read and written" - "go tool pprof -proto" go tool pprof -proto -symbolize=none \
		-output "$WORK/peer.pb.gz" "$WORK/big.pb.gz"
	draw "to folded text" - "go tool pprof -raw" go tool pprof -raw -symbolize=none \
		-output "$WORK/peer.txt" "$WORK/big.pb.gz"
fi
