#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Comparisons from end to end, with the sanitized build: what is said, what is written and how it
# ends. tests/unit/diff_*_test.c hold the statistics.
# shellcheck source=tests/golden/cli.sh
source "$(dirname "$0")/cli.sh"
REPORTS=yes

cat >before.folded <<'EOT'
main;parse;lex 2000
main;parse;old_way 600
main;serve;hash.isra.0 1500
main;serve;send_[k] 3000
main;wait 2900
EOT
cat >after.folded <<'EOT'
main;parse;lex 2010
main;parse;new_way 580
main;serve;hash.constprop.2 2200
main;serve;send_[k] 3010
main;wait 2200
EOT

# ---- usage --------------------------------------------------------------------------------------
run diff; ends "no files" 2 "diff needs two files"
run diff before.folded; ends "one file" 2 "diff needs two files"
run diff before.folded after.folded before.folded; ends "three files" 2 "diff needs two files"
run diff --before before.folded; ends "one side" 2 "diff needs two files"
run diff after.folded --before before.folded --after after.folded
ends "a file of neither side" 2 "after.folded is of neither side"
run diff --before --after after.folded; ends "no file of a side" 2 "--before needs a value"
run diff before.folded after.folded --normalize most; ends "unknown normalisation" 2 "use total, time or none"
run diff before.folded after.folded --min-effect big; ends "bad effect" 2 "--min-effect big: is not a percentage"
run diff before.folded after.folded --rename x; ends "bad renaming" 2 "--rename x: is no renaming"
run diff before.folded after.folded --rename '(=x'; ends "bad expression" 2 "is no regular expression"
run diff before.folded missing.folded; ends "missing file" 1 "cannot read missing.folded"
run diff before.folded after.folded -o cpu:x.svg; ends "a view of a comparison" 2 "only captures have views"
run diff before.folded after.folded -o x.png; ends "unknown format" 2 "the suffix names no format"
run diff before.folded after.folded --verdict no/such/x.json; ends "a verdict nowhere" 1 "cannot write no/such/x.json"
is "nothing is written" "$(ls | tr '\n' ' ')" "after.folded before.folded err out "

# ---- text ---------------------------------------------------------------------------------------
run diff before.folded after.folded -o -; ends "to standard output" 0 "shares of the total are compared"
cat >wanted <<'EOT'
main;parse;lex 2000 2010
main;parse;new_way 0 580
main;parse;old_way 600 0
main;serve;hash 1500 2200
main;serve;send 3000 3010
main;wait 2900 2200
EOT
ok "both numbers of every stack" diff wanted out
run diff before.folded after.folded -o - --annotate
ok "annotated" grep -q '^main;serve;send_\[k\] 3000 3010$' out
run diff --before before.folded before.folded --after after.folded -o -
ok "files of a side are added up" grep -q '^main;wait 5800 2200$' out
run diff before.folded after.folded -o - --rename '(old|new)_way=way'
ok "renamed functions meet" grep -q '^main;parse;way 600 580$' out
"$BOLOMETER" diff - after.folded -o - <before.folded 2>err | cmp -s - wanted
is "from standard input" "$?" 0

run diff before.folded after.folded -q -o pairs.folded
run render pairs.folded -o x.svg
ends "pairs are not read as a profile" 1 "pairs.folded: two numbers in every line: a comparison of profiles"
run diff before.folded pairs.folded -o x.svg
ends "nor as a side" 1 "give the files that were compared"
is "in one line" "$(wc -l <err)" 1
run diff before.folded - -o x.svg <pairs.folded
ok "no graph then" test ! -e x.svg

# ---- the report ---------------------------------------------------------------------------------
run diff before.folded after.folded -o graph.svg --verdict verdict.json; ends "a graph and a verdict" 0
cp err report
golden "the report" report "$ROOT/tests/golden/diff_report.expected"
golden "the verdict" verdict.json "$ROOT/tests/golden/diff_verdict.expected"
run diff before.folded after.folded -q -o graph2.svg; ends "quiet" 0
is "says nothing" "$(cat err)" ""
ok "the same graph twice" cmp graph.svg graph2.svg
ok "which is XML" well_formed_xml graph.svg
ok "with a title" grep -q '<title>after.folded against before.folded' graph.svg
ok "a scale" grep -q '<text[^>]*>≥ +10</text>' graph.svg
ok "that says what the widths are" grep -q 'Frames are as wide as the mean of both sides' graph.svg
ok "and frames of its colours" grep -q '<path class="e[0-35-8]"' graph.svg
run diff before.folded after.folded; ends "without -o" 0 "wrote after.diff.svg"
run diff before.folded after.folded; ends "a graph is there already" 2 "would replace after.diff.svg"
run diff before.folded after.folded --title 'T <1>' --note N -o titled.svg
ok "a title of one's own" grep -q '<title>T &lt;1&gt;' titled.svg

# ---- the data block, read as docs/FORMAT.md says ------------------------------------------------
if command -v python3 >/dev/null; then
	awk '/^```python/ { inside = 1; next } /^```/ { inside = 0 } inside' "$ROOT/docs/FORMAT.md" >reader.py
	ok "the documented reader reads it" sh -c 'python3 reader.py >read'
	is "both sides" "$(grep -c '^main;' read)" 5
	is "and what moved" "$(sed -n '/^main;/d; s/\(.*\) \([0-9]\) .* .*/\1 \2/p' read | sort | tr '\n' ' ')" \
		"hash 3 new_way 3 old_way 2 serve 3 wait 2 "
	run render before.folded -o graph.svg
	ok "a graph of one profile is read as before" python3 reader.py
	ok "and is of version 2" grep -q 'data-version="2"' graph.svg
	ok "the verdict is JSON" python3 -c 'import json
verdict = json.load(open("verdict.json"))
assert verdict["passed"] and not verdict["gates"] and verdict["moved"] >= len(verdict["functions"]) / 2'
else
	skip "the data block" "python3 is not installed"
fi

# ---- graphs -------------------------------------------------------------------------------------
run render before.folded -o before.svg
run render after.folded -o after.html
run diff before.svg after.html -o -; ends "graphs against each other" 0
ok "are as their text" diff wanted out
run diff before.svg after.folded -o -; ends "a graph against text" 0
ok "is as well" diff wanted out
run diff before.folded after.folded -o compared.svg
run render compared.svg -o -; ends "a comparison as a profile" 1 "give the files that were compared"
run diff compared.svg after.svg -o -; ends "a comparison of one" 1 "give the files that were compared"

# ---- gates --------------------------------------------------------------------------------------
gate() { run diff before.folded after.folded "${@:2}"; ends "gate: $1" "$status_wanted" "${words-}"; }
status_wanted=0
gate "holds" --fail-on 'total(lex)>+5%'
gate "several hold" --fail-on 'total(lex)>+5%' --fail-on 'total(hash)>+60%' --fail-on 'self(wait)>1pp'
status_wanted=3
gate "percent" --fail-on 'total(hash)>+5%'
gate "points" --fail-on 'total(serve)>2pp'
gate "one of two" --fail-on 'total(lex)>+5%' --fail-on 'self(hash)>+5%'
gate "less" --fail-on 'total(wait)<-5%'
gate "the name that a file had" --fail-on 'total(hash.isra.0)>+5%'
gate "a pattern" --fail-on 'total(ha.*|se.*)>+5%'
gate "regression" --fail-on regression
ok "says so" grep -q '^gate FAILS: regression$' err
run diff before.folded after.folded --fail-on regression --verdict failed.json -o failed.svg
ends "what was asked for is written all the same" 3 "wrote failed.svg"
ok "with the verdict" grep -q '"passed":false' failed.json
run diff after.folded before.folded --fail-on regression --min-effect 50
ends "no change is so large" 0
status_wanted=2
words='neither side has such a function' gate "unknown function" --fail-on 'total(nobody)>+5%'
words='is no gate' gate "bad expression" --fail-on 'total(hash)>lots'
words='is no gate' gate "no expression" --fail-on 'nonsense'
words='is empty' gate "an empty one" --fail-on ''
words='is no gate' gate "half of one" --fail-on 'total(hash)>'
for bad in 'total()>+5%' 'total(hash)' 'total(hash)>+' 'total(hash)>5' 'total(hash)>=+5%' 'total(hash)>+5%%' \
	'total(hash)>+nan%' 'total(hash)>+1e1%' 'total(hash)>+5ms' 'sum(hash)>+5%' ' total(hash)>+5%' \
	'total(hash)>+5%)' 'regressions' '['; do
	words='is no gate' gate "a bad one: $bad" --fail-on 'total(lex)>+5%' --fail-on "$bad" --verdict none.json
done
ok "and no verdict says that it holds" test ! -e none.json
words='neither side has such a function' gate "one of two is unknown" --fail-on 'total(hash)>+90%' --fail-on 'self(nobody)>+5%'
words='is no regular expression' gate "bad pattern" --fail-on 'total(()>+5%'
words='time a second is known of times only' gate "time of samples" --fail-on 'total(hash)>+5ms/s'
words=
is "a comparison for a gate leaves no graph" "$(ls -- *.diff.svg)" "after.diff.svg"
printf 'a 1\n' >tiny.folded
run diff tiny.folded tiny.folded --fail-on regression; ends "nothing can be tested" 2 "too little is known"

# ---- bad input ----------------------------------------------------------------------------------
run diff before.folded before.folded -o same.svg --fail-on regression; ends "a profile of itself" 0 "no evidence of any change"
ok "has no colour" sh -c '! grep -q "<path class=.e[0-35-8]" same.svg'
: >empty.folded
run diff before.folded empty.folded -o x.svg; ends "an empty side" 1 "there is nothing in AFTER (empty.folded)"
run diff empty.folded after.folded -o x.svg; ends "the other one" 1 "there is nothing in BEFORE (empty.folded)"
run diff empty.folded empty.folded -o x.svg; ends "both" 1 "there is nothing in BEFORE"
ok "no graph then" test ! -e x.svg
printf 'x;y 500\nz 500\n' >other.folded
run diff before.folded other.folded -o disjoint.svg; ends "nothing in common" 0 "the two sides have no name in common"
ok "is a graph" well_formed_xml disjoint.svg
run diff before.folded after.folded --normalize time -o x.svg; ends "a time that nobody knows" 1 "not all of the files say how long they took"
printf 'main;[waits: futex] 500000\nmain;work 3000\n' >waits1.folded
printf 'main;[waits: futex] 600000\nmain;work 3000\n' >waits2.folded
run diff waits1.folded waits2.folded -o -; ends "times in text" 0 "nothing says how much times differ by chance"
is "are not taken for samples" "$(grep -c 'not tested *\[waits: futex\]' err)" 1
run diff --before waits1.folded waits1.folded --after waits2.folded waits2.folded -o -
ends "with repeats" 0 "is taken from the repeats"
run diff before.folded . -o x.svg; ends "a folder" 1 "cannot read .: Is a directory"
if command -v python3 >/dev/null; then
	graph() { python3 "$ROOT/tests/golden/make_graph.py" "$@"; }
	graph time.svg 1000000000 time nanoseconds 500000000 300000000
	graph moment.svg 0 time nanoseconds 600000000 300000000
	graph long.svg - time nanoseconds 600000000 300000000
	graph none.svg 1000000000 time nanoseconds 0 0
	graph count.svg 1000000000 samples count 500 300
	graph bytes.svg 1000000000 allocated bytes 500 300
	run diff count.svg time.svg -o x.svg; ends "times against samples" 1 "time.svg has other values than count.svg (samples in count): they cannot be compared"
	run diff time.svg before.folded -o x.svg; ends "samples against times" 1 "before.folded has other values than time.svg (time in nanoseconds)"
	run diff bytes.svg count.svg -o x.svg; ends "other units" 1 "(allocated in bytes)"
	run diff time.svg none.svg -o x.svg; ends "a side without time" 1 "there is nothing in AFTER (none.svg)"
	for file in moment long; do
		run diff time.svg $file.svg --normalize time -o x.svg
		ends "no duration by time: $file" 1 "not all of the files say how long they took"
		ok "no graph then: $file" test ! -e x.svg
		run diff time.svg $file.svg -o $file.folded; ends "no duration: $file" 0 "shares of the total are compared"
		is "as they were counted: $file" "$(tr '\n' ' ' <$file.folded)" "main;a 500000 600000 main;b 300000 300000 "
	done
	run diff moment.svg moment.svg -o -; ends "no duration on either side" 0 "shares of the total are compared"
	run diff time.svg time.svg --fail-on regression; ends "times of one file have no gate" 2 "too little is known"
	run diff time.svg time.svg --fail-on 'total(a)>+5ms/s'; ends "but for a difference there is none" 0
	graph later.svg 2000000000 time nanoseconds 1400000000 301500000
	run diff time.svg later.svg -o - --fail-on 'total(a)>+5ms/s'
	ends "times of a gate are in a unit for people" 3 'total(a)>+5ms/s: it is +200 ms/s, that is'
	is "times of a table are in one unit" "$(grep -c '^different by total, not tested, in ms/s:$' err)" 1
	is "before and after and the difference" "$(awk '$NF == "a" || $NF == "b" { print $1, $2, $3, $4 }' err | tr '\n' ' ')" \
		"500.0 700.0 +200.0 +25.00 300.0 150.8 -149.2 -18.66 "
else
	skip "bad graphs" "python3 is not installed"
fi
run diff before.folded after.folded --normalize none -o - ; ends "plain amounts" 0 "plain amounts are compared"
printf 'a 9223372036854775807\nb 1\n' >huge.folded
run diff huge.folded huge.folded -o -; ends "counts at the limit" 0
run diff --before huge.folded huge.folded --after huge.folded -o -; ends "and beyond" 1 "together are too large"
printf '<script>;]]>;</metadata>;a"b 700\n\xff\xfe;\xe2\x80\xae 300\n' >hostile.folded
run diff hostile.folded before.folded -o hostile.svg --verdict hostile.json; ends "hostile names" 0
ok "are XML" well_formed_xml hostile.svg
! command -v python3 >/dev/null || ok "and JSON" python3 -m json.tool hostile.json
done_testing
