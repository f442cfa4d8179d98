#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How long a capture of the whole system takes to start, from exec until it samples, among 150
# processes of some 20 programs, whose call-frame information has to be read first; and the memory
# that the tables take then. It runs before everything else (SCHED_FIFO), and mostly sleeps: how it
# gets along with a busy machine is another question.
# shellcheck source=tests/bench/peers.sh
source "$(dirname "$0")/peers.sh"

PROCESSES=150
PROGRAMS="bash dash cat sleep tee sort sed grep tail md5sum dd gzip xz tclsh jq sqlite3 bc make
	openssl git gdb python3 perl node redis-server"
ROUNDS=${ROUNDS:-5}
sleepers=()
trap 'end_sleepers; rm -rf "$WORK"' EXIT

end_sleepers() {
	local pid
	for pid in "${sleepers[@]}"; do kill -KILL "$pid" 2>/dev/null; done
	# A shell would speak of each death.
	for pid in "${sleepers[@]}"; do wait "$pid" 2>/dev/null; done
	sleepers=()
}

# Most wait for a line of their standard input, which is open and never has one.
start_sleeper() { # PROGRAM
	local arguments=()
	case $1 in
	sleep) arguments=(600) ;;
	tail) arguments=(-f /dev/null) ;;
	sed | grep | jq) arguments=(.) ;;
	make) arguments=(-f -) ;;
	openssl) arguments=(dgst) ;;
	git) arguments=(hash-object --stdin) ;;
	python3) arguments=(-c "import json, ssl, sys; sys.stdin.read()") ;;
	perl) arguments=(-MPOSIX -e "<STDIN>") ;;
	node) arguments=(-e "setInterval(() => {}, 1e6)") ;;
	redis-server) arguments=(--port 0 --save "") ;;
	esac
	"$1" "${arguments[@]}" <&9 >/dev/null 2>&1 &
	sleepers+=($!)
}

start_sleepers() {
	local program
	mkfifo "$WORK/input"
	exec 9<>"$WORK/input"
	while :; do
		for program in $PROGRAMS; do
			command -v "$program" >/dev/null || continue
			[ ${#sleepers[@]} -lt "$PROCESSES" ] || return
			start_sleeper "$program"
		done
	done
}

# Seconds from exec to the line that says so.
start() { # OPTIONS...
	local begin=$EPOCHREALTIME line
	chrt -f 1 "$BOLOMETER" cpu -v -d 3 -o "$WORK/out.folded" "$@" 2>&1 9<&- |
		while IFS= read -r line; do printf '%s %s\n' "$EPOCHREALTIME" "$line"; done >"$WORK/log"
	awk -v begin="$begin" '$2 == "sampling" { printf "%.3f\n", $1 - begin }' "$WORK/log"
}

start_sleepers
sleep 10 # until all of them have nothing to do any more
for ((i = 0; i < ROUNDS; i++)); do
	start --unwind fp >>"$WORK/fp"
	start --unwind cfi >>"$WORK/cfi"
done
row "start, whole system of $PROCESSES sleepers" bolometer "$(median <"$WORK/cfi")" s "< 1 s"
row "start, whole system of $PROCESSES sleepers" "bolometer --unwind fp" "$(median <"$WORK/fp")" s -
# unwind: N tables with N rows in N of N MB
row "their tables" bolometer \
	"$(sed -n 's/.* unwind: .* of \([0-9.]*\) MB.*/\1/p' "$WORK/log")" MB "<= 64 MB"
row "BPF maps, tables included" bolometer \
	"$(sed -n 's/.* and \([0-9.]*\) MB of BPF maps.*/\1/p' "$WORK/log")" MB -
