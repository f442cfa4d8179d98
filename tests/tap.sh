# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# TAP for shell tests: source it, call the functions, end with `done_testing`.
#   ok NAME COMMAND...       passes when the command succeeds; prints its output when it does not
#   is NAME GOT WANTED       passes when the two are equal
#   within NAME GOT LOW HIGH passes when LOW <= GOT <= HIGH (decimal numbers)
#   skip NAME REASON
# BOLOMETER is the sanitized build and BOLOMETER_FAST the plain one; TMP is a folder that goes
# away at the end.
set -u
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export LC_ALL=C.UTF-8
BOLOMETER=${BOLOMETER:-$ROOT/build/asan/bolometer}
BOLOMETER_FAST=${BOLOMETER_FAST:-$ROOT/bolometer}
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
tests_run=0
tests_failed=0

pass() { tests_run=$((tests_run + 1)); echo "ok $tests_run - $1"; }
fail() {
	tests_run=$((tests_run + 1)) tests_failed=$((tests_failed + 1))
	echo "not ok $tests_run - $1"
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@" | sed 's/^/# /'
}
skip() { tests_run=$((tests_run + 1)); echo "ok $tests_run - $1 # SKIP $2"; }
ok() {
	local name=$1 output
	shift
	if output=$("$@" 2>&1); then pass "$name"; else fail "$name" "$output"; fi
}
is() { if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "got:    $2" "wanted: $3"; fi; }
within() {
	if awk -v v="$2" -v lo="$3" -v hi="$4" 'BEGIN { exit !(v != "" && v + 0 >= lo && v + 0 <= hi) }'
	then pass "$1 ($2)"; else fail "$1" "got $2, wanted $3 to $4"; fi
}
# Compares a file with its golden copy; BLESS=1 writes the copy instead.
golden() {
	local name=$1 got=$2 expected=$3
	if [ "${BLESS:-}" = 1 ]; then cp "$got" "$expected"; fi
	if [ ! -e "$expected" ]; then fail "$name" "no expected file $expected (BLESS=1 makes it)"
	else ok "$name" diff -u "$expected" "$got"; fi
}
# An SVG that XML readers take.
well_formed_xml() {
	python3 -c 'import sys, xml.etree.ElementTree as tree; tree.parse(sys.argv[1])' "$1"
}
done_testing() {
	echo "1..$tests_run"
	[ "$tests_failed" -eq 0 ]
	exit
}
