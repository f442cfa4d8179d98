#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Names that are made to do something to who reads them, of threads, programs, files, functions in files
# and in perf maps, and cgroups: none reaches a terminal as it is, nor breaks out of a format.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/capture.sh"
EVIL=$'\e[31m\e]0;owned\a;<b>&"\'</text><script>alert(1)</script>\u202e\u200b\xff\xfe\n\r'

# A program whose file, function and argument have such a name.
program=$TMP/${EVIL//\//_}program
objcopy --redefine-sym "burn_a_while=burn_${EVIL}function" "$TRUTH/hostile_files" "$program"
start "$program" victim 60 "$TMP"
victim=$started
start "$TRUTH/hostile" name 60
names=$started
start "$TRUTH/hostile_files" map 60 "$TMP"
map=$started
cgroup=
mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
if [ -n "$mount" ] && mkdir "$mount/evil"$'\e[31m<b>;\n\u202e'"-$$" 2>/dev/null; then
	cgroup="$mount/evil"$'\e[31m<b>;\n\u202e'"-$$"
	echo "$victim" >"$cgroup/cgroup.procs"
fi
sleep 0.3

at_terminal() { # NAME OPTIONS...
	local name=$1 command=$2
	shift 2
	ok "nothing of it reaches a terminal ($name)" timeout -k 5 60 python3 \
		"$ROOT/tests/truth/terminal.py" "$TMP/$name.terminal" "$BOLOMETER_FAST" "$command" \
		-v -d 1200ms "$@"
}
outputs=()
for suffix in svg html folded pb.gz json firefox.json tree top; do
	outputs+=(-o "$TMP/all.$suffix")
done
targets=$victim,$names,$map
at_terminal all cpu -p "$targets" -F 499 "${outputs[@]}"
at_terminal wall wall -p "$targets" -o "$TMP/wall.svg"
at_terminal program cpu -o "$TMP/${EVIL//\//_}.svg" -- "$program" victim 1 "$TMP"
ok "names are shown, made harmless" grep -q 'owned.*_text><script>' "$TMP/program.terminal"
[ -z "$cgroup" ] || at_terminal cgroup cpu -p "$targets" --group cgroup -o "$TMP/cgroup.folded"

# What was in there is in the files, or this would be no test.
ok "the function was met" grep -q 'burn_' "$TMP/all.folded"
ok "the generated code, too" grep -q 'jit_caller' "$TMP/all.folded"
clean() { # NAME FILE
	ok "text is clean ($1)" python3 "$ROOT/tests/truth/terminal.py" "" - <"$2"
}
for suffix in tree top; do
	clean "$suffix" "$TMP/all.$suffix"
done
is "a line is a stack and a number, whatever is in the names" \
	"$(grep -cavP '^[^\x00-\x1f\x7f]+ [0-9]+$' "$TMP/all.folded")" 0
for graph in all wall; do
	ok "$graph.svg is well formed" well_formed_xml "$TMP/$graph.svg"
done
is "no name is markup" "$(grep -alE '<b>|alert\(1\)</script>' "$TMP"/*.svg "$TMP"/*.html | wc -l)" 0
ok "JSON is JSON" python3 -c 'import json, sys
for path in sys.argv[1:]: json.load(open(path))' "$TMP/all.json" "$TMP/all.firefox.json"
for suffix in svg html pb.gz json; do
	ok "what was written as $suffix is read again" "$BOLOMETER" render -q "$TMP/all.$suffix" \
		-o "$TMP/again.folded"
	ok "with the same weight" test "$(awk '{ sum += $NF } END { print sum }' "$TMP/again.folded")" \
		-eq "$(awk '{ sum += $NF } END { print sum }' "$TMP/all.folded")"
done
at_terminal_render() { script -qfec "$1" /dev/null 2>/dev/null | sed 's/\r$//' >"$TMP/render"; }
at_terminal_render "'$BOLOMETER_FAST' render -v '$TMP/all.pb.gz' -o '$TMP/again.svg'"
clean render "$TMP/render"

end_children
rm -rf "/tmp/perf-$map.map"
[ -z "$cgroup" ] || rmdir "$cgroup"
done_testing
