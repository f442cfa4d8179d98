#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The same run seen by others: perf sched timehist, and offcputime of libbpf-tools.
# shellcheck source=tests/truth/wait.sh
source "$(dirname "$0")/wait.sh"

offcputime=$(PATH=$PATH:/usr/sbin:/sbin:/usr/share/bcc/libbpf-tools command -v offcputime)
perf=$(command -v perf)
if [ -z "$offcputime$perf" ]; then
	skip "comparison with others" "neither perf nor offcputime is installed"
	done_testing
fi

# A thread whose waits all lie within the capture, but for the one at the gate, of which the
# others see no beginning. Some kernels show perf few of the switches away from the idle task, so
# that one CPU is kept from being idle, by a thread that gives way to every other.
cpu=$(($(getconf _NPROCESSORS_ONLN) - 1))
start taskset -c $cpu chrt -i 0 "$TRUTH/wait_mixed" 60 spinner
program run taskset -c $cpu "$TRUTH/wait_paths" 3 gate
pid=$started
tid_named() { # PID NAME
	grep -lxF "$2" "/proc/$1/task"/*/comm 2>/dev/null | cut -d/ -f5
}
until tid=$(tid_named "$pid" poller) && [ -n "$tid" ]; do sleep 0.05; done
others=()
if [ -n "$perf" ]; then
	# Of all that perf sched record takes only what is needed, so that it loses nothing.
	"$perf" record -C $cpu -e sched:sched_switch -c 1 -o "$TMP/perf.data" \
		--filter "prev_pid == $tid || next_pid == $tid" -- sleep 60 >"$TMP/perf.log" 2>&1 &
	others+=("$!")
	# perf executes the program when it has begun.
	for ((tries = 0; tries < 100; tries++)); do
		pgrep -P "$!" -x sleep >/dev/null && break
		sleep 0.1
	done
fi
if [ -n "$offcputime" ]; then
	"$offcputime" -t "$tid" 60 >"$TMP/offcputime.out" 2>"$TMP/offcputime.log" &
	others+=("$!")
fi
children+=("${others[@]}")
mapfile -t outputs < <(views run offcpu runq)
capture_start wall run "${outputs[@]}" -p "$pid"
sleep 1.5 # so that the others have begun, too
released
[ ${#others[@]} -eq 0 ] || kill -INT "${others[@]}"
capture_end
is "a capture beside others ends well" "$?" 0
wait "${others[@]}" 2>/dev/null

agree "the thread is off the CPU as long as it says" "$(off run '^;poller;' ';poll_path;')" \
	"$(own run poll_path)" 0.5 1000
ours=$(($(off run '^;poller;') - $(off run '^;poller;' ';gate_path;')))
leaving=$(off run '^;poller;' ';leave_path;')

# "TIME [CPU] COMM[TID/PID] WAIT DELAY RUN" in milliseconds; the wait has the delay in it.
theirs=0 ran=0
if [ -n "$perf" ]; then
	read -r theirs ran < <("$perf" sched timehist -i "$TMP/perf.data" --tid "$tid" 2>/dev/null |
		awk '$2 ~ /^\[[0-9]+\]$/ { wait += $(NF - 2); run += $NF }
			END { printf "%.0f %.0f\n", wait * 1000, run * 1000 }')
fi
if [ "$theirs" -eq 0 ]; then
	skip "perf sched timehist" "not installed, or it cannot record here"
elif [ "$ran" -gt $(($(own run poll_path.cpu) + ours / 100 + 5000)) ]; then
	# Whoever is not seen to leave the CPU seems to be on it.
	skip "perf sched timehist" "it missed switches: $ran us on the CPU"
else
	agree "perf sched timehist agrees" $((ours - leaving)) "$theirs" 3 5000
fi
# Below each stack "-  COMM (TID)", and then a line with its microseconds.
theirs=$(awk 'NF == 1 && $1 ~ /^[0-9]+$/ { sum += $1 } END { printf "%.0f\n", sum }' \
	"$TMP/offcputime.out" 2>/dev/null)
if [ -z "$offcputime" ] || [ "${theirs:-0}" -eq 0 ]; then
	skip "offcputime" "not installed, or it does not work here"
else
	agree "offcputime agrees" "$ours" "$theirs" 3 5000
fi
done_testing
