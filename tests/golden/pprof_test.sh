#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# pprof profiles in and out, of the sanitized build: of Go, and in the shape of Parca's and
# Pyroscope's (tests/golden/pprof). `go tool pprof` is the judge of what is written.
# shellcheck source=tests/golden/cli.sh
source "$(dirname "$0")/cli.sh"
FILES=$ROOT/tests/golden/pprof

have_pprof() { command -v go >/dev/null && go tool pprof -h 2>&1 | grep -q symbolize; }
# What pprof sees in a file, apart from what a mapping says that its functions have.
seen() { go tool pprof -raw -symbolize=none "$1" 2>/dev/null | sed 's/  *\(\[[A-Z][A-Z]\]\)*$//'; }

# ---- in -----------------------------------------------------------------------------------------
for file in "$FILES"/*.pb "$FILES"/*.pb.gz; do
	name=$(basename "$file")
	run render "$file" --annotate -o -; ends "$name is read" 0
	golden "$name has the stacks that are in it" out "$FILES/${name%%.*}.folded"
	run render "$file" -o first.pb.gz; ends "$name is written" 0
	run render first.pb.gz -o second.pb.gz; ends "and read again" 0
	ok "as the same" cmp first.pb.gz second.pb.gz
	if [ "$name" = odd.pb ]; then continue; fi # what is no UTF-8 does not stay
	run render first.pb.gz --annotate -o -
	ok "with the same stacks" cmp out "$FILES/${name%%.*}.folded"
	if have_pprof; then
		seen "$file" >wanted
		seen first.pb.gz >got
		ok "pprof sees all that was in $name" diff -u wanted got
		is "and something" "$(grep -c . wanted | sed 's/[0-9][0-9]*/some/')" some
	else
		skip "pprof sees all that was in $name" "there is no go tool pprof"
	fi
done

run render "$FILES/go-cpu.pb.gz" -v -o -
ends "what a file is taken for is said" 0 "taken for pprof (pprof profiles"
run render "$FILES/go-cpu.pb.gz" --group label:route -o -; ends "by a label" 0
is "labels are the root frames" "$(sed 's/;.*//' out | sort -u | tr '\n' ' ')" "/index /search "
run render "$FILES/go-heap.pb.gz" --group label:bytes -o -
is "numbers, too" "$(sed -n 's/;.*keep .*//p' out | tr '\n' '|')" "4096|73728|8192|"
run render - -o - <"$FILES/parca.pb.gz"
"$BOLOMETER" render - --annotate -o piped.folded <"$FILES/parca.pb.gz" 2>/dev/null
ok "standard input reads like the file" cmp piped.folded "$FILES/parca.folded"
run render "$FILES/parca.pb.gz" "$FILES/parca.pb.gz" -o two.folded; ends "two files" 0
run render "$FILES/parca.pb.gz" "$FILES/parca.pb.gz" -o two.pb.gz
run render "$FILES/parca.pb.gz" -o one.pb.gz
if have_pprof; then
	is "their mappings and locations are the same ones" \
		"$(seen two.pb.gz | sed -n '/^Locations/,$p')" "$(seen one.pb.gz | sed -n '/^Locations/,$p')"
fi
is "are added up" "$(awk '{ sum += $NF } END { print sum }' two.folded)" 16
run render "$FILES/parca.pb.gz" "$FILES/go-heap.pb.gz" -o two.folded
ends "of other values they are not" 1 "go-heap.pb.gz: its values are inuse_space (bytes)"
cp "$FILES/go-cpu.pb.gz" own.pb.gz
run render own.pb.gz; ends "the default output" 0
ok "is named like the input" test -s own.svg

# ---- what is wrong ------------------------------------------------------------------------------
head -c 300 "$FILES/go-cpu.pb.gz" >cut.pb.gz
run render cut.pb.gz -o cut.svg; ends "a file that is cut off" 1 "cut.pb.gz: at byte 300: the file ends within"
gzip -dc "$FILES/go-heap.pb.gz" | head -c 800 >cut.pb
run render cut.pb -o cut.svg; ends "one that is not packed" 1 "cut.pb: at byte "
ok "nothing is written of them" test ! -e cut.svg
head -c 200000000 /dev/zero | gzip -9 >bomb.gz
run render bomb.gz --from pprof -o bomb.svg; ends "what unpacks to far too much" 1 "unpacks to far more"
echo 'main;work 5' >a.folded
run render a.folded --from pprof -o a.svg; ends "text that is said to be pprof" 1 "a.folded: at byte "
gzip -k a.folded
run render a.folded.gz -o a.svg; ends "packed text" 1 "a.folded.gz: at byte 0: it is packed with gzip"
for format in folded perf-script bpftrace bcc svg; do
	run render a.folded.gz --from $format -o a.svg
	ends "packed text that is said to be $format" 1 "a.folded.gz: at byte 0: it is packed with gzip"
done
truncate -s 3G large.pb
run render large.pb --from pprof -o a.svg; ends "an enormous file" 1 "large.pb: at byte 2147483648: it is larger"
run diff "$FILES/parca.pb.gz" "$FILES/parca.pb.gz" -o d.pb.gz
ends "a comparison is no profile" 2 "go tool pprof -diff_base BEFORE AFTER"
ok "and not written" test ! -e d.pb.gz
REPORTS=1
run diff "$FILES/parca.pb.gz" "$FILES/parca.pb.gz" -o d.folded; ends "profiles are compared" 0
is "by their stacks" "$(head -n 1 d.folded)" "main;do_syscall_64 2 2"
REPORTS=

# ---- other formats there and back ---------------------------------------------------------------
cat >b.folded <<'END'
main;work;memcpy_[i] 5
main;work;vfs_read_[k];ext4_read_[k] 7
main;[waits: futex] 3
java;Klass::run_[j];[libjvm.so]+0x3af0 2
main;[unknown] 1
END
sort b.folded >sorted.folded
run render b.folded -o b.pb.gz -o b.svg --title 'both ways'; ends "text becomes pprof" 0
run render b.pb.gz --annotate -o again.folded; ends "and pprof text" 0
ok "the same text" cmp sorted.folded again.folded
run render b.pb.gz -o again.svg; ends "pprof becomes a graph" 0
ok "the same graph" cmp b.svg again.svg
run render b.svg -o c.pb.gz; ends "a graph becomes pprof" 0
run render c.pb.gz -o again.svg
ok "and the same graph again" cmp b.svg again.svg
run render b.folded --format pprof -o b.anything; ends "a format by name" 0
run render b.anything --annotate -o again.folded
ok "is that" cmp sorted.folded again.folded
if have_pprof; then
	is "pprof adds up what we do" \
		"$(go tool pprof -top -symbolize=none b.pb.gz 2>/dev/null |
			awk '$1 ~ /^[0-9]+$/ && $NF ~ /ext4_read|memcpy/ { print $1, $NF }' | sort | tr '\n' ' ')" \
		"5 memcpy 7 ext4_read "
	go tool pprof -proto -symbolize=none -output merged.pb.gz b.pb.gz b.pb.gz >/dev/null 2>&1
	run render merged.pb.gz -o merged.folded; ends "what pprof has added up is read" 0
	is "as twice as much" "$(awk '{ sum += $NF } END { print sum }' merged.folded)" 36
	echo 'main;work;memcpy_[i] 9' >more.folded
	run render more.folded -o more.pb.gz
	go tool pprof -proto -symbolize=none -diff_base b.pb.gz -output less.pb.gz more.pb.gz \
		>/dev/null 2>&1
	run render less.pb.gz -o less.folded
	ends "what pprof has compared is refused" 1 "less.pb.gz: at byte"
	is "as what it is" "$(grep -c 'a comparison of profiles' err)" 1
else
	skip "pprof adds up what we do" "there is no go tool pprof"
fi
done_testing
