#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Little memory: what fits is captured and what does not is counted; where nothing can be done it is said
# in a line, and the file that was there before is as it was. The kernel never has to kill.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/capture.sh"
# shellcheck source=tests/truth/limited.sh
source "$(dirname "$0")/limited.sh"

start "$TRUTH/split603010" 90
target=$started
lost() { sed -n 's/^ *\([0-9]*\) lost: *new to the profile.*/\1/p' "$TMP/$1.log"; }

# A ceiling that is kept: more stacks than it has room for.
many() { # NAME OPTIONS...
	local name=$1
	shift
	ok "capturing stacks that are all different ($name)" capture_as cpu "$name" -F 4999 \
		--unwind fp "$@" -- "$TRUTH/long" deep 5000
}
many plenty
many little --max-memory 48M
is "with enough memory nothing is lost to it" "$(lost plenty)" ""
within "with little memory new stacks are, and counted" "$(lost little)" 100 1000000
ok "which is said" grep -q 'as much as --max-memory leaves it' "$TMP/little.log"
is "fired = recorded + counted" "$(sed -n 's/^events: \([0-9]*\) fired = \([0-9]*\) recorded.*/\1 \2/p' \
	"$TMP/little.log" | awk '{ print $1 - $2 }')" \
	"$(awk '/^ +[0-9]+ (lost|left out):/ { sum += $1 } END { print sum + 0 }' "$TMP/little.log")"
memory() { sed -n 's/^cost: .* CPU, \([0-9.]*\) MB.*/\1/p' "$TMP/$1.log"; }
within "and it holds no more" "$(memory little)" 1 48
within "than it would" "$(memory plenty)" "$(memory little)" 500

"$BOLOMETER_FAST" cpu --max-memory 16M -d 100ms -o "$TMP/x.svg" 2>"$TMP/err"
is "a ceiling below what any capture takes is refused" "$?" 1
is "in one line" "$(wc -l <"$TMP/err")" 1
ok "that says what to do" grep -q 'takes at least 48; --max-memory' "$TMP/err"
for wrong in 512 2T1 -1M 1M 99999999999G; do
	"$BOLOMETER_FAST" cpu --max-memory "$wrong" -d 100ms -o "$TMP/x.svg" 2>"$TMP/err"
	is "--max-memory $wrong is no size" "$?" 2
done

# Cgroups: the ceiling is found, and is low enough that nothing is killed.
in_cgroup() { # LIMIT NAME COMMAND...: status in $status, messages in NAME.log
	local limit=$1 name=$2
	shift 2
	limited_make memory "$limit" || return 1
	echo old >"$TMP/$name.svg"
	limited_run timeout -k 5 60 "$BOLOMETER_FAST" "$@" -o "$TMP/$name.svg" >"$TMP/$name.out" \
		2>"$TMP/$name.log"
	status=$?
	kills=$(limited_kills) peak=$(limited_peak)
	limited_remove
}
good() { # NAME
	is "$1 succeeds" "$status" 0
	ok "with a graph" well_formed_xml "$TMP/$1.svg"
}
refused() { # NAME
	is "$1 fails" "$status" 1
	is "the old file is as it was" "$(cat "$TMP/$1.svg")" old
	ok "it is said that there is no memory" grep -qE 'memory' "$TMP/$1.log"
	ok "and what to do" grep -q -e '--max-memory' "$TMP/$1.log"
	is "and nothing else is left" "$(find "$TMP" -name '.bolometer-*' | wc -l)" 0
}
if in_cgroup 64M cpu64 cpu -p "$target" -d 300ms; then
	good cpu64
	within "cpu64 within the cgroup (KiB)" "$peak" 1000 65536
	is "cpu64 is not killed" "$kills" 0
	in_cgroup 96M wall96 wall -p "$target" -d 300ms
	good wall96
	is "wall96 is not killed" "$kills" 0
	for command in cpu.32M cpu.16M wall.64M wall.16M; do
		in_cgroup "${command#*.}" "$command" "${command%.*}" -d 300ms
		refused "$command"
		is "$command is not killed" "$kills" 0
	done
	# More stacks than there is room for, read from a file.
	awk 'BEGIN { for (i = 0; i < 400000; i++)
		printf "main;f%d;g%d;h%d %d\n", i % 997, i * 7919 % 100003, i, i % 9 + 1 }' >"$TMP/huge.folded"
	in_cgroup 32M render render "$TMP/huge.folded"
	refused render
	is "render is not killed" "$kills" 0
	sed 's/;f1/;k1/' "$TMP/huge.folded" >"$TMP/other.folded"
	in_cgroup 64M diff diff "$TMP/huge.folded" "$TMP/other.folded"
	refused diff
	is "diff is not killed" "$kills" 0
	in_cgroup 512M render512 render "$TMP/huge.folded"
	good render512
else
	skip "cgroups with little memory" "needs a memory cgroup"
fi
done_testing
