#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The perf of this machine records a program whose shares are known: what is read of `perf script` has
# these shares, its samples and the names that our own capture has.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/capture.sh"
if ! command -v perf >/dev/null ||
	! perf record -q -e cpu-clock -F 99 -g -o "$TMP/try.data" true >/dev/null 2>&1; then
	skip "what perf script prints" "perf is not installed, or cannot record"
	done_testing
fi

perf record -q -e cpu-clock -F 999 -g --sample-cpu -o "$TMP/perf.data" -- "$TRUTH/split603010" 1 \
	>"$TMP/perf.out" 2>/dev/null
perf script -i "$TMP/perf.data" --header >"$TMP/perf.txt" 2>/dev/null
ok "reading it" "$BOLOMETER" render -q "$TMP/perf.txt" -o "$TMP/perf.folded"
is "no sample is lost" "$(weight perf)" "$(grep -c ': *[0-9]* cpu-clock' "$TMP/perf.txt")"
for path in path_a path_b path_c; do
	near "$path has its share" "$(share perf "$path" main)" "$(own perf "$path")" 5
done

ok "capturing the same" capture own -- "$TRUTH/split603010" 1
# From main on: what is before, frame pointers do not reach.
paths() { grep -o 'main;[a-z]*_caller;path_[abc]' "$TMP/$1.folded" | sort -u; }
is "the names are the same" "$(paths perf)" "$(paths own)"
is "and so is the thread's" "$(roots perf main)" "$(roots own main)"

perf script -i "$TMP/perf.data" -F pid,tid,cpu,time,comm,event,ip,sym,dso,symoff,period --ns \
	>"$TMP/other.txt" 2>/dev/null
ok "reading other fields" "$BOLOMETER" render -q "$TMP/other.txt" -o "$TMP/other.folded"
ok "the same stacks" cmp "$TMP/perf.folded" "$TMP/other.folded"
perf script -i "$TMP/perf.data" -F +srcline >"$TMP/lines.txt" 2>/dev/null
ok "reading lines of the source" "$BOLOMETER" render -q "$TMP/lines.txt" -o "$TMP/lines.folded" \
	-o "$TMP/lines.json"
ok "the same stacks again" cmp "$TMP/perf.folded" "$TMP/lines.folded"
wanted=$(sed -n 's/^  \([^ :]*\.[ch]\):[1-9].*/\1/p' "$TMP/lines.txt" | sort -u)
is "the files are those that perf prints" "$(grep -o '"file":"[^"]*"' "$TMP/lines.json" | sort -u |
	sed 's/.*:"\(.*\)"/\1/')" "$wanted"
is "and there are some" "$(grep -c split603010.c <<<"$wanted")" 1

perf script -i "$TMP/perf.data" -F ip,sym >"$TMP/bare.txt" 2>/dev/null
ok "reading names alone" "$BOLOMETER" render -q "$TMP/bare.txt" -o "$TMP/bare.folded"
is "no sample is lost there" "$(awk '{ sum += $NF } END { print sum }' "$TMP/bare.folded")" "$(weight perf)"
done_testing
