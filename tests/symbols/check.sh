#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Names, inlined functions, files and lines of random addresses of programs in several languages,
# against llvm-addr2line: 99.9 % have to be equal (compare.py says what is taken as equal, and
# ../unit/symbolizer_dwarf_test.md where others say something else, and why). Prints TAP.
#   tests/symbols/check.sh [NAME...]    cxx rust go go_stripped go_pie fortran c_library python kernel; all without a name
# COUNT: addresses of each (default 100000). READER: the other reader (default llvm-addr2line).
# PYTHON, KERNEL: files with debug information, or without it beside their .debug; otherwise they are
# looked for. A language whose compiler is not installed is skipped, and so is what is not found.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=$PWD/build COUNT=${COUNT:-100000} UNITS=${UNITS:-24}
# shellcheck source=tests/tap.sh
source tests/tap.sh
WORK=$TMP

reader() {
	local name
	for name in ${READER:-llvm-addr2line-19 llvm-addr2line llvm-addr2line-14}; do
		command -v "$name" && return
	done
}

# FILE [DEBUG_FILE]: compares; what is stripped the other reader reads in the debug file.
compare() {
	local file=$1 debug=${2:-$1}
	"$BUILD/tests/bench/symbols" "$file" "$COUNT" >"$WORK/addrs" &&
		"$BUILD/tests/bench/symbols" -n "$file" <"$WORK/addrs" >"$WORK/ours" &&
		"$(reader)" -afi -e "$debug" <"$WORK/addrs" >"$WORK/theirs" &&
		{ nm "$debug"; nm -D "$file"; } >"$WORK/names" 2>/dev/null
	python3 tests/symbols/compare.py "$WORK/ours" "$WORK/theirs" "$WORK/names"
}

# The separate debug file of a program, as Debian's packages have it.
debug_of() {
	local id
	id=$(readelf -n "$1" 2>/dev/null | awk '/Build ID/ { print $3 }')
	find "/usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug" 2>/dev/null
}

has_dwarf() {
	readelf -SW "$1" 2>/dev/null | grep -q ' \.debug_info '
}

# ---- the programs: each sets `file`, and `debug`; returns 2 when there is none, with `why` -------

cxx() {
	local i
	why="no g++"
	type -P g++ >/dev/null || return 2
	for ((i = 0; i < UNITS; i++)); do
		sed "s/unit0/unit$i/" tests/symbols/unit.cc >"$WORK/unit$i.cc"
	done
	echo 'int main() {}' >"$WORK/main.cc"
	find "$WORK" -name '*.cc' -print0 | (cd "$WORK" && xargs -0 -n 1 -P 2 g++ -O2 -g -c) || return
	file=$WORK/program
	g++ -o "$file" "$WORK"/*.o
}

rust() {
	why="no rustc"
	type -P rustc >/dev/null || return 2
	file=$WORK/rust
	rustc -O -g -o "$file" tests/symbols/program.rs
}

build_go() { # FILE [FLAG...]
	local file=$1
	shift
	cp tests/symbols/program.go "$WORK" &&
		(cd "$WORK" && GOCACHE=$WORK/cache HOME=$WORK GO111MODULE=off GOFLAGS='' GOTOOLCHAIN=local \
			command go build -o "$file" "$@" program.go && chmod -R u+w cache)
}

go() {
	why="no go"
	type -P go >/dev/null || return 2
	file=$WORK/go
	[ -e "$file" ] || build_go "$file"
}

# What Go's own tables say, against the debug information that the program had.
go_stripped() {
	go || return
	debug=$WORK/go file=$WORK/go.stripped
	strip -o "$file" "$debug"
}

# The same of a position-independent one.
go_pie() {
	why="no go"
	type -P go >/dev/null || return 2
	debug=$WORK/go.pie file=$WORK/go.pie.stripped
	build_go "$debug" -buildmode=pie && strip -o "$file" "$debug"
}

fortran() {
	why="no gfortran"
	type -P gfortran >/dev/null || return 2
	file=$WORK/fortran
	gfortran -O2 -g -o "$file" tests/symbols/program.f90
}

c_library() {
	why="no debug information of the C library (libc6-dbg)"
	file=$(ldconfig -p | awk '/libc\.so\.6 .*64/ { print $NF; exit }')
	debug=$(debug_of "$file")
	[ -n "$debug" ] || return 2
}

python() {
	local one
	why="no python with debug information (set PYTHON)"
	for one in "${PYTHON:-}" /usr/bin/python3.*d "$(readlink -f "$(command -v python3)")"; do
		file=$one
		has_dwarf "$one" && return
		debug=$(debug_of "$one")
		[ -n "$debug" ] && return
	done
	return 2
}

kernel() {
	why="no vmlinux with debug information (linux-image-*-dbg, or set KERNEL)"
	for file in "${KERNEL:-}" /usr/lib/debug/boot/vmlinux-* /usr/lib/debug/lib/modules/*/vmlinux; do
		has_dwarf "$file" && return
	done
	return 2
}

[ $# -gt 0 ] || set -- cxx rust go go_stripped go_pie fortran c_library python kernel
for name; do
	file='' debug='' why=''
	"$name" >"$WORK/log" 2>&1
	status=$?
	if [ -z "$(reader)" ]; then
		skip "$name" "no llvm-addr2line"
	elif [ $status -eq 2 ]; then
		skip "$name" "$why"
	elif [ $status -ne 0 ]; then
		fail "$name" "$(cat "$WORK/log")"
	elif compare "$file" ${debug:+"$debug"} >"$WORK/result"; then
		pass "$name: $(sed -n '1s/^# //p' "$WORK/result")"
		sed 1d "$WORK/result"
	else
		fail "$name" "$(cat "$WORK/result")"
	fi
done
done_testing
