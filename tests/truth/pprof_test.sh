#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Captures as pprof profiles: go tool pprof sees the stacks, values, inlined functions and lines that
# the same capture has as folded text, and in a wall capture what threads waited for.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/capture.sh"

go tool pprof -h 2>&1 | grep -q symbolize || {
	skip "captures as pprof profiles" "there is no go tool pprof"
	done_testing
}

raw() { go tool pprof -raw -symbolize=none "$TMP/$1.pb.gz" 2>/dev/null; }
judged() { # NAME: what pprof sees is what is in the text
	raw "$1" | python3 "$ROOT/tests/golden/pprof_raw.py" | LC_ALL=C sort >"$TMP/$1.seen"
	ok "pprof sees the stacks and values of $1" diff -u "$TMP/$1.folded" "$TMP/$1.seen"
	within "which are some ($1)" "$(wc -l <"$TMP/$1.folded")" 3 100000
}

ok "capturing inlined functions" capture inl -o "$TMP/inl.pb.gz" -- "$TRUTH/inlined" 3
judged inl
raw inl >"$TMP/inl.raw"
hot=$(grep -n 'the hot line' "$ROOT/tests/truth/inlined.c" | cut -d: -f1)
within "lines are those of the source" "$(grep -c "mix .*/inlined.c:$hot " "$TMP/inl.raw")" 1 1000
is "functions without debug information have none" \
	"$(sed -n 's/.* \(_start [^ ]*\) s=.*/\1/p' "$TMP/inl.raw" | sort -u)" "_start :0"
id=$(readelf -n "$TRUTH/inlined" | sed -n 's/.*Build ID: //p')
is "the program is the main one, by its build id" \
	"$(sed -n '/^Mappings/,$p' "$TMP/inl.raw" | sed -n '2s/.*inlined \([0-9a-f]*\) .*/\1/p')" "$id"
go tool pprof -top -symbolize=force "$TMP/inl.pb.gz" >"$TMP/top" 2>"$TMP/symbolized"
within "pprof finds the same places in the file itself (samples in mix)" \
	"$(awk '$NF == "mix" || $6 == "mix" { print $1; exit }' "$TMP/top")" \
	"$(awk '/;mix [0-9]+$/ { n += $NF } END { print n * 0.98 }' "$TMP/inl.folded")" \
	"$(awk '/;mix [0-9]+$/ { n += $NF } END { print n * 1.02 }' "$TMP/inl.folded")"
is "its tags are the thread's" \
	"$(go tool pprof -tags -symbolize=none "$TMP/inl.pb.gz" 2>/dev/null |
		sed -n '/^ thread:/,/^$/p' | grep -c inlined)" 1

ok "capturing with lines in names" capture lines --lines -o "$TMP/lines.pb.gz" -- "$TRUTH/inlined" 1
within "text has them" "$(grep -c "mix inlined.c:$hot" "$TMP/lines.folded")" 1 100
is "pprof has them beside the names" \
	"$(raw lines | sed -n "s|.* \(mix [^ ]*\)/[^ ]*/inlined.c:$hot s=.*|\1|p" | sed 's| .*||' | sort -u)" mix

ok "capturing all time" capture_as wall wall -o "$TMP/wall.pb.gz" -o "offcpu:$TMP/off.pb.gz" \
	-o "offcpu:$TMP/off.folded" -o "wall:$TMP/wall.svg" -d 3 -- "$TRUTH/wait_paths" 2
judged wall
judged off
within "what was waited for is there" "$(raw wall | grep -c '\[waits: ')" 2 100
is "the longest wait is a label, and is not added up" \
	"$(raw off | grep -c 'longest wait:\[[0-9]* nanoseconds')" "$(raw off | grep -c 'longest wait:')"

# ---- read back ----------------------------------------------------------------------------------
for name in inl wall off; do
	ok "$name is read back" "$BOLOMETER" render "$TMP/$name.pb.gz" -o "$TMP/$name.again" --format folded
	ok "as the same text" cmp "$TMP/$name.folded" "$TMP/$name.again"
done
"$BOLOMETER" render "$TMP/wall.svg" -o "$TMP/svg.folded" 2>/dev/null
"$BOLOMETER" render "$TMP/wall.svg" -o "$TMP/svg.pb.gz" 2>/dev/null
"$BOLOMETER" render "$TMP/svg.pb.gz" -o "$TMP/svg.again" --format folded 2>/dev/null
ok "a graph of it goes through pprof, too" cmp "$TMP/svg.folded" "$TMP/svg.again"
"$BOLOMETER" diff "$TMP/wall.svg" "$TMP/wall.pb.gz" -o "$TMP/diff.folded" >"$TMP/diff.log" 2>&1
is "compared with itself as pprof a graph has nothing that the other has not" \
	"$(awk '$NF != $(NF - 1)' "$TMP/diff.folded" | head -n 3)" ""
within "of all its stacks" "$(wc -l <"$TMP/diff.folded")" 3 100000
done_testing
