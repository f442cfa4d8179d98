#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# --demangle short never makes one of two functions of large C++ programs that differ as overloads or
# lambdas do (short_names.py). In `make check-symbols` of all the functions of FILES, otherwise of a sixth
# of the first of them that is there: a run of names, in which rivals stand together.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/tap.sh
source tests/tap.sh
NAMES=${NAMES:-9000}
FILES=${FILES:-$({ type -P node; ldconfig -p | awk '/libLLVM|libstdc\+\+\.so\.6/ { print $NF }'; } |
	xargs -r readlink -f | awk '!seen[$0]++')}

names_of() { # FILE: of its functions
	{ nm --defined-only "$1"; nm -D --defined-only "$1"; } 2>/dev/null |
		awk '$2 ~ /^[tTwW]$/ && $3 ~ /^_Z/ { sub("@.*", "", $3); print $3 }' | sort -u
}

asked=0
for file in $FILES; do
	names_of "$file" >"$TMP/all"
	[ "$(wc -l <"$TMP/all")" -gt 2000 ] || continue
	# Lambdas come last in this order.
	tail -n "$NAMES" "$TMP/all" >"$TMP/raw"
	build/tests/symbols/short_names <"$TMP/raw" >"$TMP/shown"
	if python3 tests/symbols/short_names.py "$TMP/raw" "$TMP/shown" >"$TMP/result" 2>&1; then
		pass "${file##*/}: $(sed -n '$s/^# //p' "$TMP/result")"
	else
		fail "${file##*/}" "$(cat "$TMP/result")"
	fi
	asked=$((asked + 1))
	[ -n "${ALL:-}" ] || break
done
[ $asked -gt 0 ] || skip "names of C++ programs" "no large C++ program that has symbols"
done_testing
