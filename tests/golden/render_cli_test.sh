#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The command line from end to end, with the sanitized build: what goes in, what comes out, what is
# said and how it ends. Captures only as far as an unprivileged user comes.
# shellcheck source=tests/golden/cli.sh
source "$(dirname "$0")/cli.sh"
same() { ok "$1" cmp "$2" "$3"; }
only() { is "$1" "$(ls -A | grep -vx 'out\|err' | tr '\n' ' ')" "$2"; }
fresh() { mkdir "$TMP/$1" && cd "$TMP/$1" || exit 1; }

# ---- usage --------------------------------------------------------------------------------------
fresh usage
run; ends "no command" 2 "usage: bolometer COMMAND"
run nonsense; ends "unknown command" 2 "there is no command nonsense"
run $'evil\e[31m\ncommand'; ends "hostile command" 2 "there is no command evil?[31m?command"
run help nonsense; ends "help on nothing" 2 "there is no command nonsense"
run render; ends "nothing to read" 2 "render needs a file to read"
run render --nonsense x; ends "unknown option" 2 "no option --nonsense"
run render -F 99 x; ends "option of another command" 2 "no option -F"
run render x -o; ends "missing value" 2 "-o needs a value: FILE"
run render x -o cpu:x.svg; ends "a view of a file" 2 "only captures have views"
run doctor now; ends "argument too many" 2 "doctor takes no argument now"
run version; ends "version" 0
is "version is one line" "$(wc -l <out)" 1
for command in cpu offcpu runq wakeup offwake wall render doctor help version; do
	run help "$command"; ends "help $command" 0
	cp out help
	run "$command" --help; ends "$command --help" 0
	same "help $command and $command --help are the same" help out
done
only "usage leaves no files" "help "

run help man; ends "man page" 0
cp out bolometer.1
is "dashes in the man page can be copied" "$(grep -nP '(?<!\\)-' bolometer.1)" ""
is "no blank lines in the man page" "$(grep -n '^$' bolometer.1)" ""
if command -v mandoc >/dev/null; then
	ok "mandoc accepts the man page" mandoc -Tlint -W error bolometer.1
elif command -v groff >/dev/null; then
	is "groff accepts the man page" "$(groff -man -ww -Tutf8 bolometer.1 2>&1 >/dev/null)" ""
else
	skip "man page" "neither mandoc nor groff is installed"
fi

# ---- reading ------------------------------------------------------------------------------------
fresh reading
printf 'main;work 5\nmain;idle 2\nmain;work;read_[k] 1\n' >a.folded
printf 'main;work 10\nother;x 3\n' >b.folded
run render a.folded -o -; ends "to standard output" 0
is "lines are sorted" "$(tr '\n' '|' <out)" "main;idle 2|main;work 5|main;work;read 1|"
run render a.folded --annotate -o -; ends "annotated" 0
is "annotations come back" "$(grep -c 'read_\[k\] 1' out)" 1
run render missing.folded -o x.svg; ends "missing file" 1 "cannot read missing.folded: No such file"
run render a.folded missing.folded -o x.svg; ends "one of two missing" 1 "missing.folded"
run render . -o x.svg; ends "a folder" 1 "Is a directory"
run render "$BOLOMETER" -o x.svg; ends "a program" 1 "not a profile that bolometer reads"
run render $'no\e]0;title\a such\nfile' -o x.svg; ends "hostile file name" 1 "cannot read no?]0;title? such?file"
only "nothing is written without a profile" "a.folded b.folded "

run render a.folded b.folded -o ab.folded; ends "two files" 0
run render b.folded a.folded -o ba.folded; ends "the other way round" 0
same "merging does not depend on the order" ab.folded ba.folded
is "values are added up" "$(grep '^main;work ' ab.folded)" "main;work 15"
run render a.folded b.folded -o ab.svg
run render b.folded a.folded -o ba.svg
same "nor does the graph" ab.svg ba.svg
cat a.folded b.folded >both.folded
run render - -o - <both.folded
"$BOLOMETER" render - -o - <both.folded >piped 2>err
same "standard input reads like the files" ab.folded piped
run render ab.folded -o again.folded
same "what was written reads back as the same text" ab.folded again.folded
run render a.folded -v -o x.folded; ends "what a file is taken for" 0 "a.folded: taken for folded (folded stacks"
run render a.folded --from folded -o x.folded; ends "a format by name" 0
run render a.folded --from svg -o x.folded; ends "another one" 1 "a.folded: "
run render a.folded --from nonsense -o x.folded; ends "none" 2 "--from nonsense: no such format; these can be read:"
run diff a.folded b.folded --from nonsense -o x.folded; ends "none of diff" 2 "--from nonsense: no such format"
rm x.folded
run render a.folded -o one.svg -o two.folded; ends "two outputs" 0
ok "both are there" test -s one.svg -a -s two.folded
run render a.folded; ends "the default output" 0
ok "is named like the input" test -s a.svg
echo kept >a.svg
run render a.folded; ends "a graph is there already" 2 "would replace a.svg"
is "and is kept" "$(cat a.svg)" kept
cp a.folded .hidden && run render .hidden; ends "the default output of a hidden file" 0
ok "is hidden, too" test -s .hidden.svg
cp a.folded text.svg && run render text.svg; ends "input named like the output" 2 "would replace text.svg"
same "is not replaced" a.folded text.svg

printf 'good 1\nbad line\n\n# remark\nworse 1,5\r\ngood 2\r\nlast 4' >mixed.folded
run render mixed.folded -o -; ends "bad lines" 0 "mixed.folded: line 2: no count at the end"
is "each is named by its number" "$(grep -o 'line [0-9]*' err | tr '\n' ' ')" "line 2 line 5 "
is "the rest is used" "$(tr '\n' '|' <out)" "good 3|last 4|"
run render mixed.folded mixed.folded -o -; ends "bad lines twice" 0 "line 5"
is "stacks that are known already count as used" "$(tr '\n' '|' <out)" "good 6|last 8|"
seq -f 'bad%g' 1000 >bad.folded
run render bad.folded -o x.svg; ends "only bad lines" 1 "bad.folded: no line could be used"
ok "many bad lines are a number" grep -q 'and 995 more lines' err
is "in few lines" "$(wc -l <err)" 7
ok "and no file" test ! -e x.svg
: >empty.folded
run render empty.folded -o empty.svg; ends "an empty file" 1 "there is nothing to draw"
ok "which is said of it" grep -q 'empty.folded: no samples in it' err
ok "and there is no file" test ! -e empty.svg
printf 'a 9223372036854775807\nb 9223372036854775807\n' >huge.folded
run render huge.folded -o - -o huge.svg; ends "counts that do not fit" 0 "line 2: all counts together are too large"
is "leave the others" "$(cat out)" "a 9223372036854775807"
run render empty.folded huge.folded -o -; ends "an empty file among others" 0 "empty.folded: no samples in it"

# ---- graphs ------------------------------------------------------------------------------------
fresh graphs
cp ../reading/a.folded ../reading/b.folded ../reading/ab.folded .
run render a.folded -o a.svg -o a.html --title 'a title' --note 'a note'
for graph in a.svg a.html; do
	run render $graph -o again.svg -o again.html -o again.folded; ends "$graph as input" 0
	same "$graph is drawn as the same graph" a.svg again.svg
	same "$graph is written as the same page" a.html again.html
	run render a.folded -o wanted.folded
	same "$graph gives the same text" wanted.folded again.folded
done
"$BOLOMETER" render - -o again.svg <a.svg 2>err
same "a graph from standard input" a.svg again.svg
run render a.svg b.folded -o ab.svg -o again.folded; ends "a graph and text" 0
same "are added up" ab.folded again.folded
run render b.folded a.svg -o ba.svg
same "in any order" ab.svg ba.svg
ok "the page is a page" grep -q '^<!DOCTYPE html>' a.html
is "with one block and one script" "$(grep -c '<metadata id="bolometer"\|<script' a.html)" 2
python3 - a.svg other.svg <<-'END'
	import base64, re, sys
	text = open(sys.argv[1]).read()
	block = re.search(r'(data-encoding="plain">)([^<]*)', text)
	data = base64.b64decode(block[2]).replace(b'"unit":"count"', b'"unit":"bytes"')
	open(sys.argv[2], 'w').write(text.replace(block[2], base64.b64encode(data).decode()))
END
bad() { # NAME WORDS: the file `bad.svg` is refused in one line
	run render bad.svg -o x.svg; ends "$1" 1 "bad.svg: $2"
	is "$1: one line" "$(wc -l <err)" 1
	ok "$1: no file" test ! -e x.svg
}
run render a.svg other.svg -o x.svg
ends "values of another unit" 1 "its values are samples (bytes), those read before it samples (count)"
is "values of another unit: one line" "$(wc -l <err)" 1
echo '<svg xmlns="http://www.w3.org/2000/svg"/>' >bad.svg
bad "another's graph" "not a graph that bolometer wrote"
sed 's/data-version="2"/data-version="9"/' a.svg >bad.svg
bad "a newer graph" "written by a newer bolometer: its data have version 9"
sed 's/data-version="2"/data-version="1"/' a.svg >bad.svg
bad "two versions" "its data are damaged: they say two versions"
sed 's/data-encoding="plain"/data-encoding="deflate-raw"/' a.svg >bad.svg
bad "no deflate" "its data are damaged: they cannot be inflated"
sed 's/\(data-encoding="plain">\)..../\1!!!!/' a.svg >bad.svg
bad "no base64" "its data are damaged: they are not base64"
sed 's/\(data-encoding="plain">\)....\([^<]*\)..../\1\2/' a.svg >bad.svg
bad "a part is missing" "its data are damaged:"
sed '/<metadata/s/.\{40\}<.*/</' a.svg >bad.svg
bad "an end is missing" "its data are damaged: they end too early"
sed '/<metadata/q' a.svg | sed '$s/<.metadata.*//' | head -c -1 >bad.svg
bad "a file is cut off" "its data are damaged: the file ends within them"
run render a.svg bad.svg -o x.svg; ends "one of two is bad" 1 "bad.svg: its data are damaged"

# ---- same bytes ---------------------------------------------------------------------------------
cd "$TMP/reading" || exit 1
for format in svg html folded; do
	run render both.folded --format "$format" -o first
	run render both.folded --format "$format" -o second
	same "$format: the same bytes twice" first second
	for locale in $(locale -a | head -n 5); do
		LC_ALL=$locale TZ=Asia/Tokyo "$BOLOMETER" render both.folded --format "$format" -o second
		same "$format: the same bytes under $locale" first second
	done
done

# ---- writing ------------------------------------------------------------------------------------
fresh writing
cp ../reading/a.folded .
run render a.folded -o x.png; ends "unknown suffix" 2 "the suffix names no format"
is "lists the formats" "$(grep -c '^  \.svg\|^  \.html\|^  \.folded' err)" 3
run render a.folded -o x --format png; ends "unknown format" 2 "--format png: no such format"
run render a.folded -o no/such/x.svg; ends "missing folder" 1 "cannot write no/such/x.svg: No such file"
mkdir folder.svg
run render a.folded -o folder.svg; ends "a folder in the way" 1 "cannot write folder.svg: Is a directory"
run render a.folded -o /dev/full --format svg; ends "full device" 1 "cannot write /dev/full: No space left on device"
is "is one line" "$(wc -l <err)" 1
only "failures leave nothing" "a.folded folder.svg "
"$BOLOMETER" render a.folded -o - >/dev/full 2>err; status=$?
ends "standard output is full" 1 "cannot write standard output: No space left on device"
is "is one line, too" "$(wc -l <err)" 1
"$BOLOMETER" help >/dev/full 2>err; status=$?
ends "help to a full device" 1 "cannot write to standard output"
awk 'BEGIN { for (i = 0; i < 40000; i++) print "main;function_" i " " i + 1 }' >large.folded
{ "$BOLOMETER" render large.folded -o - -o behind.svg 2>err; echo $? >status; } | head -c 1 >/dev/null
status=$(cat status)
ends "reader that went away" 1 "cannot write standard output: Broken pipe"
ok "the other file is written" test -s behind.svg
printf old >kept.svg
(ulimit -f 8; "$BOLOMETER" render large.folded -o kept.svg 2>err)
status=$?
ends "limit on file sizes" 1 "cannot write kept.svg: File too large"
is "the file from before is kept" "$(cat kept.svg)" old
only "and no other is left" "a.folded behind.svg folder.svg kept.svg large.folded status "

# ---- hostile names ------------------------------------------------------------------------------
fresh hostile
{
	printf '%s 1\n' '<script>alert(1)</script>' 'a"b'"'"'c&amp;' ']]>' '<!--' '</svg>' '-->' \
		'${x}' '`id`' '\u003c' '"};alert(1)//' '  spaces  inside' '%s%n'
	printf '\x1b[31mred\x07;bell 2\n'
	printf '\xff\xfe\xc0\xaf;\xed\xa0\x80 3\n'
	printf 'right\xe2\x80\xaeleft;zero\xe2\x80\x8bwidth 4\n'
	printf 'tab\there;\x7f;\xc2\x9b31m 5\n'
	head -c 65536 /dev/zero | tr '\0' n
	printf ' 6\nmain;\0nul;x\0y 7\n'
} >names.folded
for format in svg html folded; do
	run render names.folded --format "$format" -o names; ends "hostile names as $format" 0
	is "no control characters in $format" \
		"$(tr -d '\n\t' <names | LC_ALL=C grep -c '[[:cntrl:]]')" 0
	mv names "names.$format"
done
is "no line is lost" "$(awk '{ sum += $NF } END { print sum }' names.folded)" \
	"$(awk '{ sum += $NF } END { print sum }' ./names.folded)"
ok "the graph is XML" well_formed_xml names.svg
is "and has one script" "$(grep -o '<script' names.svg | wc -l)" 1
run render names.folded -o again.folded --title $'<b>"\e[1m]]>&' --note $'two\nlines </script>'
run render names.folded -o titled.svg --title $'<b>"\e[1m]]>&' --note $'two\nlines </script>'
ends "hostile title" 0
ok "is XML" well_formed_xml titled.svg

# ---- captures without privileges ----------------------------------------------------------------
# As nobody: these must fail before anything is loaded, or at the loading, in one line.
unprivileged=(setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all)
if [ "$(id -u)" -ne 0 ]; then unprivileged=()
elif ! command -v setpriv >/dev/null; then unprivileged=(false)
elif ! "${unprivileged[@]}" true 2>/dev/null; then unprivileged=() # root by name only
fi
fresh capture
chmod 755 "$TMP"
chmod 777 .
cp "$BOLOMETER" "$TMP/program"
refused() {
	local name=$1 wanted=$2 words=$3
	shift 3
	"${unprivileged[@]}" timeout 20 "$TMP/program" "$capture" "$@" >"$TMP/out" 2>"$TMP/err" </dev/null
	status=$?
	cp "$TMP/out" "$TMP/err" . && ends "$capture: $name" "$wanted" "$words"
	rm -f out err
	is "$capture: $name: says one thing" "$(grep -c '^bolometer: ' "$TMP/err")" 1
	is "$capture: $name: leaves nothing" "$(ls -A)$(cat "$TMP/out")" ""
}
if [ "${unprivileged[*]}" = false ]; then
	skip "captures without privileges" "setpriv is not installed"
else
	capture=cpu
	refused "no time" 2 "--duration 0: would record nothing" -d 0
	refused "negative time" 2 "is not a time" -d -5
	refused "no frequency" 2 "--frequency 0: is not a frequency" -F 0
	refused "frequency above the limit" 2 "--frequency 10000000: above this kernel's limit" -F 10000000
	refused "no such process" 1 "--pid 999999999" -p 999999999
	refused "no process number" 2 "--pid abc: is not a list of ids" -p abc
	refused "no such cgroup" 1 "--cgroup /no/such" --cgroup /no/such
	refused "no such CPU" 1 "--cpu 4096" -C 4096
	refused "neither kind of frame" 2 "--user and --kernel leave nothing" --user --kernel
	refused "missing folder" 1 "cannot write /no/such/dir/x.svg" -o /no/such/dir/x.svg
	refused "unknown format" 2 "the suffix names no format" -o x.png
	refused "unknown event" 2 "--event nonsense: no such event" -e nonsense
	refused "no such program" 1 "bolometer: " -d 1 -- /no/such/program
	refused "no program" 2 "-- needs a program" --
	refused "program without --" 2 "a program to start comes after --" ls
	refused "two targets" 2 "one target at a time" -p 1 --cgroup /
	refused "no privileges" 1 "bolometer: " -d 1 -o x.svg
	refused "an event beside waits" 2 "waits are timed" -e page-faults -o wall:x.svg
	refused "an option of waits" 2 "no option --min-wait" --min-wait 1ms
	refused "a view without a file" 2 "--output cpu:: there is no file" -o cpu:
	capture=offcpu
	refused "nothing sampled" 2 "--frequency: nothing is sampled here" -F 99
	refused "too many samples" 2 "--frequency 10000000: above" -F 10000000 -o cpu:x.svg
	refused "no wait is left" 2 "--min-wait is longer than --max-wait" --min-wait 2s --max-wait 1s
	refused "no such state" 2 "--state zombie: is not a list of states" --state zombie
	refused "no such overhead" 2 "--max-overhead lots: is not a percentage" --max-overhead lots
	refused "no such chain" 2 "--chain 9: is not a number of wakers" --chain 9
	refused "no privileges" 1 "bolometer: " -d 1 -o runq:x.svg
fi
cd "$TMP" || exit 1
done_testing
