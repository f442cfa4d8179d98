#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Beginnings and ends: threads by the thousand, targets that are killed, captures that end before
# they see a wait.
# shellcheck source=tests/truth/wait.sh
source "$(dirname "$0")/wait.sh"
THREADS=6000

mapfile -t outputs < <(views churn offcpu runq)
ok "capturing $THREADS threads that come and go" capture_as wall churn "${outputs[@]}" \
	--max-overhead 0 -- "$TRUTH/wait_churn" "$THREADS"
# No meter sees the wait before a thread runs first.
metered churn thread_path 1 2000 ';thread_path;'
metered churn child_path 1 1000 ';child_path;'
within "and each has waited for its first CPU" "$(matching churn ';\[new thread\];\[run queue\];')" \
	1 600000000
is "for which it is not blocked" "$(blocked churn ';\[new thread\];')" 0
within "the books have every thread" "$(books churn threads)" $((THREADS + THREADS / 160)) \
	$((THREADS * 102 / 100 + 50))
within "and balance (percent)" "$(books churn residual)" 0 1
balanced churn
sound churn
sound churn.offcpu
sound churn.runq

# Everything in the capture, each at most as long as the capture.
in_bounds() { # NAME LONGEST
	is "no wait is longer than the capture ($1)" "$(awk -v longest="$2" \
		'$NF > longest' "$TMP/$1.folded" | wc -l)" 0
}

# Killed while each of its threads is blocked.
program killed "$TRUTH/wait_paths" 1 gate
capture_start offcpu killed --group tid -p "$started"
sleep 1
kill -KILL "$started"
wait "$started" 2>/dev/null
capture_end
is "a target killed while it was blocked ends the capture" "$?" 0
within "its waits were recorded until then" "$(matching killed ';forever_path;')" 900000 20000000
in_bounds killed 20000000
sound killed
balanced killed

# Stopped before the first wait has ended, or begun.
program blocked "$TRUTH/wait_paths" 60 gate
ok "capturing for a moment" capture_as wall moment -p "$started" -d 10ms
sound moment
balanced moment
in_bounds moment 30000000
ok "capturing a program that hardly waits" capture_as offcpu none -- "$TRUTH/wait_spin" 0.05
sound none
balanced none
"$BOLOMETER_FAST" offcpu -q -o "$TMP/false.folded" -- sh -c 'exit 7' >/dev/null 2>&1
is "the program's exit status is passed on" "$?" 7

for signal in INT TERM; do
	capture_start wall "$signal" -p "$started"
	kill "-$signal" "$capturing"
	capture_end
	is "SIG$signal ends a capture well" "$?" 0
	within "SIG$signal keeps the waits" "$(matching "$signal" ';forever_path;')" 100000 30000000
	sound "$signal"
	balanced "$signal"
done

# One process ID, three processes after each other: each has its own name and its own half second.
cat >"$TMP/reuse" <<'END'
for name in first second third; do
	exec 3>/proc/sys/kernel/ns_last_pid
	printf 31999 >&3
	"$1/$name" 0.5 &
	exec 3>&-
	echo $!
	wait $!
done
END
for name in first second third; do
	cp "$(command -v sleep)" "$TMP/$name"
done
ok "capturing a process ID that is used again" capture_as wall reuse --max-overhead 0 -- \
	bash "$TMP/reuse" "$TMP"
if [ "$(sort -u "$TMP/reuse.out" | wc -l)" != 1 ]; then
	skip "a process ID that is used again" "this kernel gave out others"
else
	for name in first second third; do
		within "the $name to have it" "$(blocked reuse "^;$name;")" 490000 600000
	done
	sound reuse
	balanced reuse
fi

# Ctrl-C while the capture is still being set up: ended by the signal, or in one line, or well, but ended.
for delay in 0.01 0.05 0.1 0.2 0.4; do
	timeout --preserve-status -s INT -k 30 $delay "$BOLOMETER_FAST" offcpu -p "$started" \
		-o "$TMP/early.folded" >/dev/null 2>"$TMP/early.log"
	case $?:$(cat "$TMP/early.log") in
	0:* | 130: | '1:bolometer: interrupted before anything was captured')
		pass "SIGINT after $delay s ends a capture" ;;
	*) fail "SIGINT after $delay s ends a capture" "$(cat "$TMP/early.log")" ;;
	esac
done
done_testing
