#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Names, inlined functions and lines of 100,000 addresses of a C++ program, as text, demangled.
# The goals are half of addr2line's CPU time and memory. PROGRAM names another file to ask about;
# without it one is compiled of UNITS sources (default 24), which takes a minute or two.
# shellcheck source=tests/bench/peers.sh
source "$(dirname "$0")/peers.sh"

REPEATS=3
COUNT=100000
UNITS=${UNITS:-24}

compile() {
	local i
	for ((i = 0; i < UNITS; i++)); do
		sed "s/unit0/unit$i/" ../symbols/unit.cc >"$WORK/unit$i.cc"
	done
	echo 'int main() {}' >"$WORK/main.cc"
	find "$WORK" -name '*.cc' -print0 | (cd "$WORK" && xargs -0 -n 1 -P 2 "${CXX:-g++}" -O2 -g -c) &&
		"${CXX:-g++}" -o "$WORK/program" "$WORK"/*.o
}

ask() { # NAME CPU_GOAL MEMORY_GOAL PROGRAM...: medians over the repeats
	local name=$1 cpu=$2 memory=$3 i
	shift 3
	command -v "$1" >/dev/null || return 0
	for ((i = 0; i < REPEATS; i++)); do
		"$BUILD/bench/measure" "$WORK/run.$i" 0 "$@" <"$WORK/addrs" >"$WORK/answers" || return
	done
	[ "$(grep -c '^0x' "$WORK/answers")" -eq "$COUNT" ] || return
	row "$COUNT addresses, inlined and lines, CPU" "$name" \
		"$(awk '$1 == "cpu_s" { print $2 }' "$WORK"/run.* | median)" s "$cpu"
	row "$COUNT addresses, inlined and lines, memory" "$name" \
		"$(awk '$1 == "rss_mib" { print $2 }' "$WORK"/run.* | median)" MiB "$memory"
}

half() { # WORD: of what the runs before measured
	awk -v word="$1" '$1 == word { print $2 }' "$WORK"/run.* | median |
		awk '{ printf "%.3g", $1 / 2 }'
}

PROGRAM=${PROGRAM:-}
if [ -z "$PROGRAM" ]; then
	compile || exit 1
	PROGRAM=$WORK/program
fi
"$BUILD/bench/symbols" "$PROGRAM" "$COUNT" >"$WORK/addrs" || exit 1
ask addr2line - - addr2line -afiC -e "$PROGRAM"
cpu=$(half cpu_s) memory=$(half rss_mib)
ask llvm-addr2line - - llvm-addr2line -afiC -e "$PROGRAM"
ask bolometer "<= $cpu s" "<= $memory MiB" "$BUILD/bench/symbols" "$PROGRAM"
