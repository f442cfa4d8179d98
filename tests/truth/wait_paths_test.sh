#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each path's waits: how long, for what, under which thread; of programs that the capture starts
# and of programs that were there before; and a wait longer than the capture.
# shellcheck source=tests/truth/wait.sh
source "$(dirname "$0")/wait.sh"
export TMPDIR=$TMP # where the files to sync are
SECONDS_EACH=2

named() { # NAME PATH THREAD WAITS: the thread and what it waits for
	is "$2 is in its thread ($1)" "$(roots "$1" "$2")" "$3"
	within "$2 waits for $4 (percent, $1)" "$(percent \
		"$(matching "$1" ";$2;" ";\\[waits: $4\\];$")" "$(blocked "$1" ";$2;")")" 99.5 100
}

paths() { # NAME
	local name=$1 path
	for path in sleep_path pipe_path poll_path; do
		metered "$name" $path 0.2 500 ";$path;"
	done
	# Between its many meters and their paths a thread may lose the CPU to another, for a slice of time.
	metered "$name" mutex_path 1 5000 ';mutex_path;'
	named "$name" sleep_path sleeper clock_nanosleep
	named "$name" pipe_path "pipe reader" "read, pipe"
	named "$name" poll_path poller poll
	named "$name" mutex_path "mutex waiter" futex
	if [ "$(own "$name" fsync_path)" -lt 5000 ]; then
		skip "fsync ($name)" "the files of $TMP are synced without waiting"
	else
		TAKEN_US=$(own "$name" taken_us) metered "$name" fsync_path 1 5000 ';fsync_path;'
		named "$name" fsync_path syncer "fsync, file(, disk)?"
	fi
	for path in sleep_path pipe_path poll_path mutex_path; do
		agree "the view offcpu has the same of $path ($name)" \
			"$(blocked "$name.offcpu" ";$path;")" "$(blocked "$name" ";$path;")" 0 5
		agree "and the view runq ($name)" "$(queued "$name.runq" ";$path;")" \
			"$(queued "$name" ";$path;")" 0 50
	done
	woken "the holder ends the waits for the mutex, $name" "$name.offwake" \
		';mutex_path;(.*;)?\[waits: futex\]' '(.*;)?holder_path;(.*;)?mutex holder;$'
	woken "the writer ends the waits for the pipe, $name" "$name.offwake" \
		';pipe_path;(.*;)?\[waits: read, pipe\]' '(.*;)?writer_path;(.*;)?pipe writer;$'
	for view in offcpu runq offwake; do
		sound "$name.$view"
	done
	balanced "$name"
	is "nothing is lost ($name)" "$(lost "$name")" 0
}

mapfile -t outputs < <(views started offcpu runq offwake)
ok "capturing a program from its start" capture_as wall started "${outputs[@]}" \
	--max-overhead 0 -- \
	"$TRUTH/wait_paths" $SECONDS_EACH
paths started

program attached "$TRUTH/wait_paths" $SECONDS_EACH gate
mapfile -t outputs < <(views attached offcpu runq offwake)
capture_start wall attached "${outputs[@]}" --max-overhead 0 -p "$started"
released
capture_end
is "a capture ends with the program it was attached to" "$?" 0
paths attached

# Blocked from before the capture to after it.
program spanned "$TRUTH/wait_paths" 60
spanned=$started
tid_named() { # PID NAME
	grep -lx "$2" "/proc/$1/task"/*/comm 2>/dev/null | cut -d/ -f5
}
until tid=$(tid_named "$spanned" forever) && [ -n "$tid" ]; do sleep 0.05; done
ok "capturing a thread that stays blocked" capture_as offcpu forever -t "$tid" -d 2s
whole=$(matching forever ";forever_path;")
within "all of two seconds are in its path" "$whole" 1980000 2600000
agree "as long as the books say that it lived" "$whole" \
	"$(awk -v s="$(books forever lived)" 'BEGIN { print s * 1e6 }')" 1 5000
is "all of it cut" "$(matching forever ';forever_path;' ';\[waits: read, pipe\];\[cut: [^;]*\];$')" \
	"$whole"
is "and nothing else is in the capture" "$(matching forever)" "$whole"

ok "capturing complete waits only" capture_as offcpu complete -p "$spanned" --complete-only -d 1s
is "--complete-only has no wait that was cut" "$(matching complete ';\[cut: ')" 0
is "nor the thread that stays blocked" "$(matching complete ';forever_path;')" 0
within "but the others" "$(matching complete ';sleep_path;')" 800000 1100000
within "and says that it left some out" "$(left_out complete)" 1 1000000
balanced complete
done_testing
