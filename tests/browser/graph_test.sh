#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The graph in headless Chromium: *_test.js, on graphs made by graphs.c and by bolometer.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

for program in node chromium; do
	if ! command -v $program >/dev/null; then
		skip "graph in a browser" "$program is not installed"
		done_testing
	fi
done
ok "graphs are written" build/tests/browser/graphs "$TMP"
node tests/browser/make_folded.js >"$TMP/random.folded"
ok "folded stacks are drawn" "$BOLOMETER" render -q "$TMP/random.folded" -o "$TMP/random.svg"
for graph in service hostile; do
	ok "$graph is drawn as a page" "$BOLOMETER" render -q "$TMP/$graph.svg" -o "$TMP/$graph.html"
done
node tests/browser/make_folded.js 2000 few >"$TMP/steps.folded"
ok "folded stacks of few functions are drawn" "$BOLOMETER" render -q "$TMP/steps.folded" -o "$TMP/steps.svg"
printf '%s\n' 'main;work 7' '[idle] 3' >"$TMP/idle.folded"
ok "idle CPUs are drawn" "$BOLOMETER" render -q "$TMP/idle.folded" -o "$TMP/idle.svg"
cat >"$TMP/before.folded" <<'EOT'
main;parse;lex 1400
main;parse;old_way 1200
main;serve;hash 1500
main;serve;send 3000
main;serve 150
main;wait 2750
EOT
cat >"$TMP/after.folded" <<'EOT'
main;parse;lex 1380
main;parse;new_way 1130
main;serve;hash 2140
main;serve;send 2920
main;serve 148
main;wait 1982
EOT
# Twice as much of step_4 itself, less of what step_2 calls and some paths to step_0 less; one function
# less and one more.
awk '{ count = $NF; sub(/ [0-9]+$/, "") }
	/step_2;step_1.*;step_0$/ { next }
	/step_4$/ { count *= 2 }
	/step_2;step_1/ { count = int(count / 3) }
	{ sub(/step_8$/, "step_new"); print $0, count + 1 }' "$TMP/steps.folded" >"$TMP/steps2.folded"
compared() { ok "$1 is drawn" "$BOLOMETER" diff -q "$TMP/$2" "$TMP/$3" -o "$TMP/$1.svg"; }
compared compared before.folded after.folded
compared steps-diff steps.folded steps2.folded
compared waits-diff waits.svg slower.svg
compared hostile-diff hostile.svg service.svg
printf '%s\n' 'main;[waits: futex] 500000' 'main;work 3000' >"$TMP/untested1.folded"
printf '%s\n' 'main;[waits: futex] 400000' 'main;work 103000' >"$TMP/untested2.folded"
compared untested untested1.folded untested2.folded
for script in build/render/page.js render/bootstrap.js; do
	ok "${script##*/} parses" node --check $script
done
node tests/browser/make_folded.js 93000 >"$TMP/large.folded"
ok "a million frames" "$BOLOMETER" render -q "$TMP/large.folded" -o "$TMP/large.svg"
node tests/browser/run.js "$TMP" "$tests_run" tests/browser/*_test.js >"$TMP/tap"
status=$?
cat "$TMP/tap"
tests_run=$((tests_run + $(grep -cE '^(not )?ok ' "$TMP/tap")))
tests_failed=$((tests_failed + $(grep -c '^not ok ' "$TMP/tap")))
is "the tests ran to their end" "$status" 0
done_testing
