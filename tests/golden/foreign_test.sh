#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What other tools print of programs, read as what it is: foreign/NAME.txt is their output, of linux-perf
# 6.1 (of one recording with several -F), bpftrace 0.17 and bcc and libbpf-tools 0.26, and NAME.folded
# what becomes of it. Then what people do with such files, and files that are bad.
# shellcheck source=tests/golden/cli.sh
source "$(dirname "$0")/cli.sh"
FOREIGN=$ROOT/tests/golden/foreign

# ---- what is in them ---------------------------------------------------------------------------
for file in "$FOREIGN"/*.txt; do
	name=$(basename "$file" .txt)
	"$BOLOMETER" render -q "$file" -o "$TMP/$name.folded" --annotate 2>err </dev/null
	status=$?
	ends "$name is read" 0
	golden "$name: its stacks" "$TMP/$name.folded" "$FOREIGN/$name.folded"
done

sum() { awk '{ sum += $NF } END { print sum + 0 }' "$@"; }
for name in perf_header perf_pid_ns perf_misc perf_dwarf perf_srcline perf_tracepoint perf_jit; do
	is "$name: every sample is there" "$(sum "$TMP/$name.folded")" \
		"$(grep -c '^[^[:blank:]#]' "$FOREIGN/$name.txt")"
done
for name in perf_flat perf_tracepoint_flat; do
	is "$name: every sample is there" "$(sum "$TMP/$name.folded")" "$(wc -l <"$FOREIGN/$name.txt")"
done
for name in bpftrace bpftrace_perf; do
	is "$name: every count is there" "$(sum "$TMP/$name.folded")" \
		"$(grep '^[^ ]*\]: [0-9]*$\|, .*\]: [0-9]*$' "$FOREIGN/$name.txt" | sum)"
done
for name in bcc_profile bcc_profile_d bcc_stackcount bcc_stackcount_v libbpf_offcputime; do
	is "$name: every count is there" "$(sum "$TMP/$name.folded")" \
		"$(grep '^ *[0-9][0-9]*$' "$FOREIGN/$name.txt" | sum)"
done
# The same recording, printed in different ways.
stacks() { sed 's/ [0-9]*$//' "$TMP/$1.folded"; }
for other in perf_pid_ns perf_comm perf_misc perf_records; do
	is "$other has the stacks of perf_header" "$(comm -23 <(stacks $other) <(stacks perf_header))" ""
done

# ---- what is known besides ----------------------------------------------------------------------
run render "$FOREIGN/perf_header.txt" -o header.html -o header.svg
ends "a graph of it" 0
python3 - header.svg >head <<-'END'
	import base64, re, sys, zlib
	encoding, data = re.search(r'id="bolometer"[^>]*data-encoding="([^"]*)">([^<]*)', open(sys.argv[1]).read()).groups()
	data = base64.b64decode(data)
	print((zlib.decompress(data, -15) if encoding == 'deflate-raw' else data).decode('latin-1'))
END
for words in '"host":"demo"' 'Linux 6.18.44-fc-v595 x86_64' 'cpu-clock:ppp' '"frequency_hz":99' '"duration_ns":'; do
	ok "the graph says $words" grep -qaF -- "$words" head
done
run render header.svg -o again.svg; ends "and is read again" 0
ok "as the same graph" cmp header.svg again.svg

run render "$FOREIGN/perf_events.txt" -o -
ends "several events" 0 "samples of page-faults (5) are read, and not those of cpu-clock (8); --event chooses"
is "the first is read" "$(sum out)" 5
run render "$FOREIGN/perf_events.txt" --event cpu-clock -o -; ends "another one" 0
is "is read when it is asked for" "$(sum out)" 8
run render "$FOREIGN/perf_events.txt" --event cycles -o x.svg
ends "one that is not there" 1 "no samples of cycles; there are those of page-faults (5), cpu-clock (8)"
ok "leaves no file" test ! -e x.svg
run render "$FOREIGN/perf_pid_ns.txt" --group tid -o -; ends "threads by number" 0
is "are apart" "$(cut -d';' -f1 out | sort -u | tr '\n' ,)" "spin-28454,wor (k) [2] 7-28460,"
run render "$FOREIGN/perf_pid_ns.txt" --group pid -o -
is "processes by number" "$(cut -d';' -f1 out | sort -u | tr '\n' ,)" "spin-28454,"
run render "$FOREIGN/perf_header.txt" --group pid -o -
is "of text without them" "$(cut -d';' -f1 out | sort -u | tr '\n' ,)" "spin-?,wor (k) [2] 7-?,"
run render "$FOREIGN/perf_events.txt" --group cpu -o -
is "CPUs" "$(cut -d';' -f1 out | sort -u | tr '\n' ,)" "cpu 0,"
run render "$FOREIGN/bcc_profile.txt" --group none -o -
is "no groups" "$(cut -d';' -f1 out | sort -u | tr '\n' ,)" "[unknown],__libc_start_call_main,"
run render "$FOREIGN/perf_header.txt" --addrs -o -
ok "functions without a name by their address" grep -qF ';[libstdc++.so.6.0.30 <d44a3>];' out
REPORTS=1
run diff "$FOREIGN/perf_header.txt" "$FOREIGN/perf_pid_ns.txt" --group tid -o -; ends "compared" 0
is "with their threads" "$(cut -d';' -f1 out | sort -u | tr '\n' ,)" "spin-28454,wor (k) [2] 7-28460,"
REPORTS=
for file in "$FOREIGN"/perf_header.txt "$FOREIGN"/bpftrace.txt "$FOREIGN"/bcc_profile.txt; do
	run render - -o - <"$file"
	"$BOLOMETER" render -q - -o piped.folded <"$file" 2>err
	"$BOLOMETER" render -q "$file" -o named.folded
	ok "$(basename "$file") from a pipe" cmp piped.folded named.folded
done

# ---- folded text of others ----------------------------------------------------------------------
printf 'java;run_[j];read_[k] 5\r\njava;run_[0];inner_[i]\t7\r\n' >async.collapsed
run render async.collapsed --format folded -o -; ends "async-profiler, with tabs and carriage returns" 0
is "its frames" "$(tr '\n' , <out)" "java;run;inner 7,java;run;read 5,"
printf 'a 1.5\nb 2.25\nc 0.25\n' >fractions.folded
run render fractions.folded -o -; ends "fractions" 0 "3 counts have fractions"
is "add up to what they are" "$(sum out)" 4

# ---- what is bad ----------------------------------------------------------------------------------
bad() { # NAME STATUS WORDS: the file `bad` is refused in one line, and nothing is written
	rm -f x.svg
	run render bad -o x.svg; ends "$1" "$2" "$3"
	is "$1: one line" "$(wc -l <err)" 1
	ok "$1: no file" test ! -e x.svg
}
printf 'PERFILE2\0\0\0\0' >bad
bad "perf.data" 1 "bad: what perf record wrote can be read by perf alone; give what \`perf script\` prints"
head -c 100000 /dev/urandom >bad; printf '\0\0' | dd of=bad conv=notrunc status=none
bad "noise" 1 "bad: not a profile that bolometer reads"
printf 'a 1 1.0: e:\n\t  12 f (/p)\n' >good
for cut in 3 8 11 20; do
	head -c "$cut" good >bad
	run render bad -o -; ok "cut after $cut bytes: it ends" test "$status" -le 1
done
sed 's/^/ /; s/\t/x/' good | tr '\n' '\0' >bad
run render bad -o x.svg; ends "mislabelled" 1 "bad: "
printf 'a 1 1.0: e:\n\t  12 f (/p)\n\nnonsense\n\n' >bad
run render bad -o -; ends "a bad line" 0 "bad: line 4: neither a sample nor a part of one; not used"
is "leaves the others" "$(cat out)" "a;f 1"
{ printf 'a 1 1.0: e:\n\t  12 '; head -c 20000000 /dev/zero | tr '\0' n; printf ' (/p)\n\t  34 main (/p)\n\n'; } >bad
run render bad -o -; ends "an enormous line" 0 "bad: line 2: longer than 16 MiB; not used"
is "leaves the others" "$(cat out)" "a;main 1"
printf 'a\xff\xfe 1 1.0: e:\n\t  12 f\xc0\xafg (/p)\n\n' >bad
run render bad -o -; ends "what is no text" 0
is "is made text" "$(LC_ALL=C tr -d '\n' <out | LC_ALL=C grep -c '[[:cntrl:]]')" 0
: >bad
run render bad -o -; ends "an empty file" 1 "bad: no samples in it"
printf '# ========\n# hostname : x\n# ========\n#\na\n' >bad
run render bad -o x.svg; ends "headers alone" 1 "bad: "
done_testing
