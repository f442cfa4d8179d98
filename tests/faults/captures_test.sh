#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Captures while memory, descriptors, the kernel or the target give out: what comes is a profile, or a
# message and the file that was there before. All calls one by one in `make check-faults`. The sanitized
# build captures here, too.
CAPTURES=1
# shellcheck source=tests/faults/faults.sh
source "$(dirname "$0")/faults.sh"
[ "$FAULT_SAMPLES" = 0 ] || FAULT_SAMPLES=2

captures() { # NAME FAULTS COMMAND OPTIONS...
	local name=$1 faults=$2
	shift 2
	folder "$name"
	echo old >x.folded
	start "$TRUTH/split603010" 3000
	target=$started
	LOOP_OPTIONS=(--least 1)
	loop "$name" "$faults" "$BOLOMETER" "$@" -q -p "$target" -d 300ms -F 999 -o x.folded
	LOOP_OPTIONS=()
	end_children
}

captures cpu memory,thread,bpf:EPERM,bpf:ENOMEM,perf_event_open:EMFILE,ioctl:EIO cpu
captures cpu-reads read:EIO,read:EINTR,pread:EIO,pread:EINTR,pread:short,poll:EINTR,poll:EIO,epoll_wait:EINTR cpu
captures cpu-files open:EMFILE,open:ENFILE,stat:EIO,close:EIO,epoll_ctl:ENOMEM,epoll_create:EMFILE,signalfd:EMFILE cpu
captures cpu-writes write:ENOSPC,rename:EIO cpu
captures wall memory,bpf:EPERM,read:EIO wall
captures signals bpf:INT,open:TERM,read:HUP,pread:INT,poll:TERM,write:PIPE,rename:INT,pread:INT:on cpu

# A target that dies at some moment, from the first that it is looked at.
dying() { # SECONDS
	folder "dying-$1"
	echo old >x.folded
	"$TRUTH/split603010" 60 >/dev/null 2>&1 &
	disown
	local pid=$!
	{ sleep "$1"; kill -KILL "$pid"; } 2>/dev/null &
	timeout 60 "$BOLOMETER" cpu -p "$pid" -F 999 -d 30 -o x.folded 2>err
	local status=$?
	wait
	if [ "$status" = 0 ]; then
		ok "a target that dies after $1 s" awk '!/ [1-9][0-9]*$/ { exit 1 }' x.folded
	else
		is "a target that dies after $1 s" "$status $(cat x.folded) $(wc -l <err)" "1 old 1"
	fi
}
moments=".01 .2 .5 1"
[ "$FAULT_SAMPLES" != 0 ] || moments=$(seq 0 0.02 1.5)
for moment in $moments; do dying "$moment"; done

# Nobody reads the kernel's records for so long that their rings run over.
folder behind
"$BOLOMETER_FAST" cpu -o x.folded 2>err &
pid=$!
for _ in {1..200}; do grep -q ^sampling err && break; sleep 0.1; done
kill -STOP "$pid"
for _ in {1..600}; do /bin/true; done
kill -CONT "$pid"
sleep 0.5
kill -INT "$pid"
wait "$pid"
is "records that were lost: the capture is done" "$?" 0
ok "and it is said" grep -qi 'record.*lost\|lost.*record' err
done_testing
