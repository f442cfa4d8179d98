#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Signals at any moment: a whole file, or the one that was there and an exit status; nothing that is left
# in folders, in the kernel, or running. At every system call: captures_test.sh.
CAPTURES=1
# shellcheck source=tests/faults/faults.sh
source "$(dirname "$0")/faults.sh"

# Files that are drawn for long enough.
folder draw
awk 'BEGIN { for (i = 0; i < 300000; i++) printf "main;a_%d;b_%d;c_%d %d\n", i % 7, i % 1009, i, i % 9 + 1 }' >big.folded
drawing() { # SIGNAL SECONDS
	echo old >x.svg
	"$BOLOMETER_FAST" render big.folded -q -o x.svg 2>/dev/null &
	local pid=$! status
	sleep "$2"
	kill -"$1" "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	status=$?
	case $status in
	0) ok "$1 after $2 s: drawn" well_formed_xml x.svg ;;
	*) is "$1 after $2 s" "$status $(cat x.svg)" "$((128 + $(kill -l "$1"))) old" ;;
	esac
	is "and nothing beside it" "$(ls -A | tr '\n' ' ')" "big.folded x.svg "
}
moments=".05 .2 .4 .6"
[ "$FAULT_SAMPLES" != 0 ] || moments=$(seq 0 0.01 1.5)
for moment in $moments; do
	drawing TERM "$moment"
done
for signal in INT HUP PIPE; do drawing "$signal" .5; done
cd "$TMP" && rm -r draw

# Where the file is being written, exactly.
folder write
printf 'main;a 1\nmain;b;c 2\n' >a.folded
echo old >x.svg
loop "a file that is being drawn" write:TERM,write:INT,rename:INT,open:HUP,close:TERM,fallocate:PIPE \
	"$BOLOMETER" render a.folded -o x.svg

# A program that runs for long, and debug files from a server that never answers: naming takes forever.
mkdir "$TMP/served"
python3 "$ROOT/tests/unit/debug_server.py" "$TMP/served" >"$TMP/port" &
children+=("$!")
cp "$TRUTH/split603010" "$TMP/program"
strip --strip-debug "$TMP/program"
start "$TMP/program" 600
target=$started
for _ in {1..100}; do [ -s "$TMP/port" ] && break; sleep 0.1; done
naming() { # FILE: leaves $pid, which is naming
	echo old >"$1"
	rm -f "$TMP/served/requests"
	DEBUGINFOD_URLS=http://127.0.0.1:$(cat "$TMP/port")/hang DEBUGINFOD_TIMEOUT=300 DEBUGINFOD_CACHE_PATH=$TMP/none \
		"$BOLOMETER_FAST" cpu -p "$target" -F 999 -d 500ms -o "$1" 2>err &
	pid=$!
	for _ in {1..300}; do [ -s "$TMP/served/requests" ] && return; sleep 0.1; done
	fail "nothing is asked for" "$(cat err)"
}
fetcher_of() { pgrep -P "$1"; }
gone() { # PID: within a while
	for _ in {1..100}; do kill -0 "$1" 2>/dev/null || return 0; sleep 0.1; done
	return 1
}

folder naming
naming x.folded
kill -INT "$pid"
wait "$pid"
is "a first Ctrl-C while naming: done without the server" "$?" 0
ok "and said" grep -q interrupted err
ok "with all samples" grep -q 'path_a.* [0-9]' x.folded

naming x.folded
fetcher=$(fetcher_of "$pid")
kill -KILL "$pid"
wait "$pid" 2>/dev/null
ok "killed while naming: nothing goes on" gone "$fetcher"
is "and the file is as it was" "$(cat x.folded)" old

# The kernel's objects of a process, by what it holds: "prog ID", "map ID", "link ID".
objects_of() {
	cat "/proc/$1"/fdinfo/* 2>/dev/null | awk '
		/^prog_id:/ && !linked { print "prog", $2 }
		/^map_id:/ { print "map", $2 }
		/^link_id:/ { print "link", $2 }' | sort -u
}
left_of() { # FILE: those that are there still
	while read -r kind id; do
		"$BPFTOOL" "$kind" show id "$id" >/dev/null 2>&1 && echo "$kind $id"
	done <"$1"
}
BPFTOOL=$(PATH=$PATH:/usr/sbin:/sbin command -v bpftool)
"$BOLOMETER_FAST" wall -p "$target" -F 999 -d 60 -o x.folded 2>err &
pid=$!
for _ in {1..300}; do grep -q ^sampling err && break; sleep 0.1; done
objects_of "$pid" >objects
within "programs, maps and links of a capture" "$(wc -l <objects)" 10 10000
is "are in the kernel" "$(left_of objects | wc -l)" "$(wc -l <objects)"
kill -KILL "$pid"
wait "$pid" 2>/dev/null
for _ in {1..100}; do [ -z "$(left_of objects)" ] && break; sleep 0.1; done
is "and none of them after SIGKILL" "$(left_of objects)" ""
is "the file is as it was" "$(cat x.folded)" old

# Who reads the messages goes away.
"$BOLOMETER_FAST" cpu -p "$target" -F 999 -d 1 -o y.folded 2>&1 | head -c 1 >/dev/null
ok "a capture whose messages nobody reads is written" grep -q 'path_a.* [0-9]' y.folded
is "SIGPIPE is as ever for a program that is started" \
	"$("$BOLOMETER_FAST" cpu -q -o z.folded -- grep SigIgn /proc/self/status | awk '{ print substr($2, 13) }')" 0000
is "and no file is left" "$(ls -A | grep -v folded | tr '\n' ' ')" "err objects "
done_testing
