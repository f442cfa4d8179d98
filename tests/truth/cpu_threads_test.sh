#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Threads: names that try to break the formats, and threads that live only for a moment.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/capture.sh"

ok "capturing eight hostile names" capture threads -o "$TMP/threads.svg" -- \
	"$TRUTH/threads" 400
ok "the graph is well-formed" well_formed_xml "$TMP/threads.svg"
is "every folded line is text, a space and a count" \
	"$(grep -cavP '^[^\x00-\x1f\x7f]+ [0-9]+$' "$TMP/threads.folded")" 0
ok "folded text is UTF-8" iconv -f UTF-8 -t UTF-8 "$TMP/threads.folded" -o /dev/null

# Index N is the thread that runs hostile_N; the one cut inside a character is looked at below.
names=('a:b' '<x>&amp:</text>' "\"it's\"" - '?[31m????' 'two words 7' '%s%n' '?')
for i in 0 1 2 4 5 6 7; do
	is "the name of hostile_$i" "$(roots threads "hostile_$i")" "${names[i]}"
done
cut=$(roots threads hostile_3)
is "the name cut inside a character keeps its bytes before the cut" "${cut:0:14}" \
	"fourteen-bytes"
is "and is one thread" "$(wc -l <<<"$cut")" 1
for i in 0 1 2 3 4 5 6 7; do
	near "hostile_$i has its share" "$(share threads "hostile_$i" burn)" \
		"$(own threads "hostile_$i")" 1.5
done
near "threads of 25 ms have their share" "$(share threads brief burn)" \
	"$(own threads brief)" 1.5

ok "rendering the folded text again" "$BOLOMETER_FAST" render -q "$TMP/threads.folded" \
	-o "$TMP/again.folded" -o "$TMP/again.svg"
ok "gives the same folded text" cmp "$TMP/threads.folded" "$TMP/again.folded"
ok "and a well-formed graph" well_formed_xml "$TMP/again.svg"
done_testing
