#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# speedscope's format in and out, the Firefox Profiler's and plain text out, of the sanitized build.
# shellcheck source=tests/golden/cli.sh
source "$(dirname "$0")/cli.sh"
FILES=$ROOT/tests/golden/speedscope
PPROF=$ROOT/tests/golden/pprof
CHECK=$ROOT/tests/golden/firefox_check.py

# ---- speedscope in ------------------------------------------------------------------------------
run render "$FILES/evented.json" -o -
ends "events, and samples in other units" 0 "1 of its 3 profiles are not used"
golden "are the stacks that were open" out "$FILES/evented.folded"
run render "$FILES/pyspy.json" -o -; ends "profiles before frames, as threads" 0
golden "are these" out "$FILES/pyspy.folded"
run render "$FILES/own.json" -o -; ends "weights with fractions" 0 "its weights have fractions"
golden "keep their sum" out "$FILES/own.folded"
run render "$FILES/evented.json" --group none -o -; ends "without threads" 0 "not used"
is "profiles are added up" "$(awk '{ sum += $NF } END { print sum }' out)" 508500
gzip -9 <"$FILES/pyspy.json" >packed.json
run render packed.json -o -; ends "one that is packed" 0
ok "has the same stacks" cmp out "$FILES/pyspy.folded"
run render - -o - <"$FILES/pyspy.json"
"$BOLOMETER" render - -o piped.folded <"$FILES/pyspy.json" 2>/dev/null
ok "standard input reads like the file" cmp piped.folded "$FILES/pyspy.folded"
run render "$FILES/pyspy.json" -v -o -; ends "what it is taken for is said" 0 "taken for speedscope"
run render "$FILES/pyspy.json" "$FILES/evented.json" -o two.folded; ends "two files" 0 "not used"
is "are added up" "$(awk '{ sum += $NF } END { print sum }' two.folded)" 558501

# ---- what is wrong ------------------------------------------------------------------------------
# change NAME SED WORDS: evented.json with a change is refused, at a byte, and nothing is written
change() {
	sed "$2" "$FILES/evented.json" >bad.json
	run render bad.json -o bad.svg
	ends "$1" 1 "$3"
	ok "at its place" grep -q '^bolometer: bad.json: at byte [0-9]*: ' err
	ok "in one line, and nothing is written" test "$(wc -l <err)" = 1 -a ! -e bad.svg
}
change "time that goes back" 's/"at": 103}/"at": 99}/' "time goes back"
change "a negative weight" 's/0.25, 1e-3/0.25, -1e-3/' "a weight is negative"
change "one that is small" 's/0.25, 1e-3/0.25, -1e-12/' "a weight is negative"
change "fewer weights" 's/, 0.149\]/]/' "fewer weights than samples"
change "more weights" 's/, 0.149\]/, 0.149, 1]/' "more weights than samples"
change "no such frame" 's/\[0, 1, 3\]/[0, 1, 4]/' "no frame of that number"
change "frames closed in a wrong order" 's/"type": "C", "frame": 3/"type": "C", "frame": 2/' "not the innermost"
change "a unit of no kind" 's/"seconds"/"parsecs"/' "a unit is none of speedscope's"
change "a type of no kind" 's/"type": "sampled", "name": "worker"/"type": "guessed"/' "neither evented nor sampled"
change "an event without time" 's/, "at": 104}/}/' "no type, frame or time"
change "a number that is none" 's/0.149/0.1.49/' "comma or a closing bracket"
change "a weight that is too large" 's/0.149/1e99/' "a number is too large"
change "all weights together" 's/0.25, 1e-3/9e9, 9e9/' "all weights together are too large"
change "no frames" 's/"frames": \[/"frameless": [/' "it has no frames"
change "no profiles" 's/"profiles": \[/"profileless": [/' "it has no profiles"
change "a name that is no text" 's/(anonymous)/\\ud83d\\x/' "a string has a wrong escape"
for len in 1 100 700 1300; do
	head -c $len "$FILES/evented.json" >cut.json
	run render cut.json --from speedscope -o cut.svg; ends "a file that ends at $len" 1 "cut.json: at byte $len:"
done
: >empty.json
run render empty.json --from speedscope -o cut.svg; ends "an empty file" 1 "empty.json: at byte 0: "
head -c 200000000 /dev/zero | tr '\0' ' ' | gzip -9 >bomb.json
run render bomb.json --from speedscope -o bomb.svg; ends "what unpacks to far too much" 1 "unpacks to far more"
(printf '{"shared":{"frames":[]},"x":'; head -c 100000 /dev/zero | tr '\0' '['; echo) >deep.json
run render deep.json -o deep.svg; ends "what is nested too deep" 1 "it is nested too deep"
printf '{"shared":{"frames":[{"name":"caf\xe9"}]},"profiles":[]}' >latin.json
run render latin.json -o latin.svg; ends "text that is not UTF-8" 1 "latin.json: at byte 33: a string is not UTF-8"
ok "nothing is written of them" test ! -e cut.svg -a ! -e bomb.svg -a ! -e deep.svg -a ! -e latin.svg

# ---- speedscope out -----------------------------------------------------------------------------
cat >b.folded <<'END'
main;work;memcpy_[i] 5
main;work;vfs_read_[k];ext4_read_[k] 7
main;[waits: futex] 3
java;Klass::run_[j];[libjvm.so]+0x3af0 2
main;[unknown] 1
END
sort b.folded >sorted.folded
run render b.folded -o b.json -o b.svg --title 'both ways'; ends "text becomes speedscope's" 0
golden "as this" b.json "$FILES/text.json"
run render b.json --annotate -o again.folded; ends "and that text" 0
ok "the same text" cmp sorted.folded again.folded
run render b.json -o again.svg; ends "it becomes a graph" 0
ok "the same graph" cmp b.svg again.svg
run render b.svg -o c.json; ends "a graph becomes it" 0
ok "as the same" cmp b.json c.json
run render b.folded --format speedscope -o b.anything --title 'both ways'
ok "by name of the format" cmp b.json b.anything
run render b.json -o b.pb.gz; ends "it becomes pprof" 0
run render b.pb.gz -o c.json; ends "and comes back" 0
ok "as the same again" cmp b.json c.json
run render "$FILES/pyspy.json" -o threads.json; ends "threads are written" 0
run render threads.json -o threads.pb.gz -o again.json; ends "and read" 0
ok "as they were" cmp threads.json again.json
run render threads.pb.gz -o again.json; ends "through pprof" 0
ok "as well" cmp threads.json again.json
run render "$FILES/evented.json" -o written.json; ends "lines and columns are written" 0 "not used"
golden "as they were read" written.json "$FILES/evented.written.json"
for file in go-cpu.pb.gz go-heap.pb.gz go-mutex.pb.gz go-block.pb.gz parca.pb.gz pyroscope.pb.gz; do
	run render "$PPROF/$file" -o p.json; ends "$file is written" 0
	run render p.json --annotate -o p.folded; ends "and read" 0
	ok "with the same stacks" cmp p.folded "$PPROF/${file%%.*}.folded"
	run render p.json -o q.json; ends "and written again" 0
	ok "as the same" cmp p.json q.json
done
run render "$PPROF/go-cpu.pb.gz" -o go.json
is "functions have a file, and a line that was reached" \
	"$(grep -c '"name":"main.hash","file":"./make_go.go","line":2[0-9]' go.json)" 1
# ---- several values -----------------------------------------------------------------------------
run render "$PPROF/go-heap.pb.gz" -o heap.json; ends "several values are written" 0
cat >values.py <<'END'
import json, sys
file = json.load(open(sys.argv[1]))
values = [value['name'] for value in file['bolometer']['values']]
for p in file['profiles']:
    place = p.get('value', 0)
    print(p['name'], p.get('named'), values[place], p['unit'], p['endValue'] == sum(p['weights']),
          len(p['samples']) == len(p['weights']), 0 in p['weights'], sum(p['weights']))
END
is "a profile for each, of what has some of it" "$(python3 values.py heap.json)" \
	"profile None inuse_space bytes True True False 19014974
profile (alloc_objects) profile alloc_objects none True True False 9886
profile (alloc_space) profile alloc_space bytes True True False 21744469
profile (inuse_objects) profile inuse_objects none True True False 9880"
run render heap.json -o heap.pb.gz -o again.json; ends "and read" 0
ok "as they were" cmp heap.json again.json
if command -v go >/dev/null; then
	is "pprof sees them all" "$(go tool pprof -raw -symbolize=none heap.pb.gz 2>/dev/null |
		awk '/^ *[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+:/ { a += $1; b += $2; c += $3; d += $4 }
			END { printf "%d %d %d %d", a, b, c, d }')" "19014974 9886 21744469 9880"
fi
run render heap.json heap.json -o twice.json; ends "twice" 0
is "is twice as much of each" "$(python3 values.py twice.json | awk '{ print $NF }' | paste -sd' ')" \
	"38029948 19772 43488938 19760"
run render "$PPROF/go-cpu.pb.gz" -o go.json
is "what looks the same is there once" "$(python3 values.py go.json | wc -l)" 1
sed 's/"value":3/"value":4/' heap.json >bad.json
run render bad.json -o bad.pb.gz; ends "a value that there is none of" 0 "1 of its 4 profiles are not used"
sed 's/"value":2,"unit":"bytes"/"value":2,"unit":"none"/' heap.json >bad.json
run render bad.json -o bad.pb.gz; ends "one of another unit" 0 "1 of its 4 profiles are not used"

sort -R b.folded >mixed.folded
run render mixed.folded --title 'both ways' -o mixed.json
ok "the order of the input is of no matter" cmp b.json mixed.json
run render b.folded b.folded -o two.json; ends "two files are added up" 0
is "in it, too" "$(sed -n 's/.*"endValue":\([0-9]*\).*/\1/p' two.json)" 36

# ---- what a capture lost ------------------------------------------------------------------------
cat >lost.py <<'END'
import json, sys
whole = json.load(open('b.json'))
whole['bolometer'].update(fired=1020, events=[
    {'name': 'count_table_full', 'about': 'there was no room', 'count': 1002, 'loss': True}])
json.dump(whole, open('lost.json', 'w'))
END
python3 lost.py
run render lost.json -o lost2.json -o lost.firefox.json -o lost.top; ends "a file that tells of losses" 0
is "tells of them again" "$(grep -o '"name":"both ways (1,002 of 1,020 events lost)"' lost2.json | uniq | wc -l)" 1
is "in text" "$(sed -n 2p lost.top)" "18 samples, 1,002 of 1,020 events lost"
is "in Firefox" "$(grep -o '{"label":"there was no room","format":"integer","value":1002}' lost.firefox.json | wc -l)" 1

# ---- Firefox ------------------------------------------------------------------------------------
run render b.folded -o b.firefox.json --title 'both ways'; ends "text becomes Firefox's" 0
golden "as this" b.firefox.json "$FILES/text.firefox.json"
run render b.folded --format firefox -o b.anything --title 'both ways'
ok "by name of the format" cmp b.firefox.json b.anything
run render b.folded -o plain.folded
python3 "$CHECK" b.firefox.json --folded >got; is "its tables are in order" $? 0
ok "and have the stacks" diff -u plain.folded got
run render "$FILES/pyspy.json" -o threads.firefox.json; ends "threads" 0
python3 "$CHECK" threads.firefox.json --folded >got; is "have tables of their own" $? 0
is "time is in milliseconds" "$(sed -n 's/.*read;one //p' got)" 20
for file in go-cpu go-heap parca pyroscope; do
	run render "$PPROF/$file.pb.gz" -o p.firefox.json; ends "$file is written" 0
	python3 "$CHECK" p.firefox.json --folded >got; is "and in order" $? 0
	run render "$PPROF/$file.pb.gz" -o p.folded
	is "with all its stacks" "$(sed 's/ [^ ]*$//' got | tr ';' ':')" "$(sed 's/ [^ ]*$//' p.folded | tr ';' ':')"
done
run render "$PPROF/parca.pb.gz" -o p.firefox.json
is "files have their build ids" \
	"$(grep -c '"breakpadId":"C0EEFFC0EEFFFFC0EEC0FFEEC0FFEEC00","codeId":"c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ff"' p.firefox.json)" 1
sed 's/"prefix":\[null,0/"prefix":[null,9/' b.firefox.json >wrong.firefox.json
ok "the checker finds what is wrong" bash -c "! python3 '$CHECK' wrong.firefox.json 2>/dev/null"

# ---- plain text ---------------------------------------------------------------------------------
run render "$ROOT/examples/hotservice.folded" -o service.tree -o service.top; ends "a tree and a table" 0
golden "the tree" service.tree "$ROOT/tests/golden/service.tree.expected"
golden "the table" service.top "$ROOT/tests/golden/service.top.expected"
python3 - >long.folded <<'END'
for i in range(40): # branches all the way down, names that are too long, wide characters
    path = ";".join(f"step{j}" for j in range(i + 1))
    print(f"{path};" + "漢字" * 60 + " 5")
    print(f"{path};template<" + "T, " * 50 + "> 7")
END
run render long.folded -o long.tree -o long.top; ends "stacks that are deep and names that are long" 0
cat >width.py <<'END'
import sys, unicodedata
lines = open(sys.argv[1], encoding='utf-8').read().split('\n')
print(max(sum(1 + (unicodedata.east_asian_width(c) in 'WF') for c in line) for line in lines))
END
within "no line of the tree is wider than 120 columns" "$(python3 width.py long.tree)" 100 120
within "no line of the table is" "$(python3 width.py long.top)" 100 120
is "what is left out is said" "$(grep -c '^left out: .* behind too many branches' long.tree)" 1
COMMAND=cpu python3 "$ROOT/tests/golden/make_graph.py" none.svg - samples count 0
run render none.svg -o none.tree -o none.top -o none.json -o none.firefox.json
ends "nothing at all" 0 "no samples in it"
python3 "$CHECK" none.firefox.json; is "is in order" $? 0
is "and said" "$(head -1 none.tree)" "0 samples"
for suffix in json firefox.json tree top; do
	run diff b.folded b.folded -o d.$suffix; ends "a comparison is no $suffix" 2 "file holds one profile"
done
done_testing
