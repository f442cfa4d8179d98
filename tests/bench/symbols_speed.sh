#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Names, inlined functions and lines of 100,000 addresses of a C++ program, as text, demangled, and of
# one alone; of 10,000 addresses of 60 files, as a capture of a busy machine has them, for the first time
# and again. The goals are half of addr2line's CPU time and memory, as fast as eu-addr2line, 0.5 s and 0.1 s.
# PROGRAM names another file to ask about; without it one is compiled of UNITS sources (default 24), which
# takes a minute or two. FILES names the 60 files; without it they are those with debug information that are
# found below /usr/lib, /usr/local and ~, the largest first but for those above 200 MB.
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

# Of one address, on standard input or as an argument: in turns, so that both have the same machine.
ask_one() {
	local i theirs=(eu-addr2line -afiC -e "$PROGRAM" "$(cat "$WORK/one")")
	command -v eu-addr2line >/dev/null || return 0
	for ((i = 0; i < 21; i++)); do
		"$BUILD/bench/measure" "$WORK/ours.$i" 0 "$BUILD/bench/symbols" "$PROGRAM" \
			<"$WORK/one" >/dev/null &&
			"$BUILD/bench/measure" "$WORK/theirs.$i" 0 "${theirs[@]}" >/dev/null || return
	done
	row "one address, cold, CPU" eu-addr2line \
		"$(awk '$1 == "cpu_s" { print $2 * 1000 }' "$WORK"/theirs.* | median)" ms -
	row "one address, cold, CPU" bolometer \
		"$(awk '$1 == "cpu_s" { print $2 * 1000 }' "$WORK"/ours.* | median)" ms "<= eu-addr2line"
}

# Programs and libraries that have debug information, or a separate file with it.
find_files() {
	local file id
	find /usr/bin /usr/lib /usr/local "$HOME" -xdev -type f \( -name '*.so*' -o -perm -100 \) \
		-size +60k -size -200M -printf '%s %p\n' 2>/dev/null | sort -rn | cut -d ' ' -f 2- |
		while read -r file; do
			id=$(readelf -n "$file" 2>/dev/null | awk '/Build ID/ { print $3 }')
			if [ -n "$id" ] && [ -e "/usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug" ] ||
				readelf -SW "$file" 2>/dev/null | grep -q ' \.z\?debug_info '; then
				echo "$file"
			fi
		done | head -60
}

name_capture() { # WHAT GOAL [FOLDER]
	local i
	for ((i = 0; i < REPEATS; i++)); do
		rm -f "$WORK/run.$i"
		"$BUILD/bench/measure" "$WORK/run.$i" 0 "$BUILD/bench/naming" "$WORK/pairs" \
			${3:+"$3"} >"$WORK/naming" || return
	done
	row "10,000 addresses of $(awk '$1 == "files" { print $2 }' "$WORK/naming") files, $1, CPU" \
		bolometer "$(awk '$1 == "cpu_s" { print $2 }' "$WORK"/run.* | median)" s "$2"
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

rm -f "$WORK"/run.*
sed -n "$((COUNT / 2))p" "$WORK/addrs" >"$WORK/one"
ask_one

rm -f "$WORK"/run.*
FILES=${FILES:-$(find_files)}
# shellcheck disable=SC2086 # they are several
"$BUILD/bench/naming" -r 10000 $FILES >"$WORK/pairs" || exit 1
name_capture "for the first time" "<= 0.5 s"
"$BUILD/bench/naming" "$WORK/pairs" "$WORK/cache" >/dev/null
name_capture "again" "<= 0.1 s" "$WORK/cache"
