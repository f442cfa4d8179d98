# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For the tests of captures of waiting time: source it instead of capture.sh. Weights are
# microseconds.
#   program NAME PROGRAM...     like start; what it prints goes to $TMP/NAME.out
#   released NAME               opens the gate of that program; returns when it has ended
#   capture_start COMMAND NAME OPTIONS...  a capture in the background, its pid in $capturing;
#                               returns when it has begun
#   capture_end                 waits for it; its exit status, or 124 when it did not end
#   views NAME VIEW...          options that write these views, to $TMP/NAME.VIEW.folded
#   matching NAME REGEX...      microseconds in stacks that match all, and none that begins with
#                               "!"; a stack begins and ends with ";", so that ";main;" is a
#                               whole frame
#   distinct NAME REGEX...      how many such stacks there are
#   blocked, queued, off NAME REGEX...  the same of the time blocked, waiting for a CPU, and both.
#                               The view offcpu has what follows each wait in the run queue, runq
#                               has that, too, and the rest; the view wall has all, once
#   agree NAME GOT WANTED PERCENT [US]  passes when GOT is WANTED plus or minus PERCENT of it and
#                               US (500) microseconds
#   metered NAME METER PERCENT US REGEX...  compares the three times of the view NAME with what
#                               the meter of the program printed: as NAME.out, or PROGRAM.out if
#                               that variable is set
#   bounds NAME METER blocked|queued|off|cpu PERCENT US  what of that is right: "LOW HIGH"
#   woken LABEL NAME WAIT WAKER that the waits of the view offwake NAME that match WAIT, up to what
#                               was waited for, were ended by WAKER, which the stack goes on with.
#                               Some kernels keep BPF programs away from some tasks, and from what
#                               interrupts them: 5 % may be unknown, but no waker is a wrong one
#   balanced NAME               tests that the events of the report add up
#   sound NAME                  tests that every line of the folded text is one, without negatives
#
# What a meter knows. The kernel's clocks of a thread, CPU time and the wait for a CPU, are those of
# the run queue, which stand still while an idle CPU wakes up: on a virtual machine for some ten
# microseconds, of which the thread is said to be on the CPU or blocked, though it could run and did
# not. They leave a thread when it begins to leave the CPU, and the tracepoint comes when the next
# one is chosen. And what interrupts and the hypervisor take from a CPU may be no thread's time,
# though one was on the CPU. So the truth lies between two bounds, for each switch STALE_US apart
# (but never more than the thread's CPU time) and LEAVE_US below, and TAKEN_US below in all.
# shellcheck source=tests/truth/capture.sh
REQUIRED=offcpu source "$(dirname "${BASH_SOURCE[0]}")/capture.sh"

program() {
	local name=$1
	shift
	"$@" >"$TMP/$name.out" 2>/dev/null &
	started=$!
	children+=("$started")
}

released() {
	kill -USR1 "$started"
	wait "$started"
}

# Links appear when the programs are attached, within a moment of each other.
capture_start() {
	local command=$1 name=$2 tries
	shift 2
	env --default-signal=INT "$BOLOMETER_FAST" "$command" -o "$TMP/$name.folded" "$@" \
		>"$TMP/$name.stdout" 2>"$TMP/$name.log" &
	capturing=$!
	children+=("$capturing")
	for ((tries = 0; tries < 100; tries++)); do
		find "/proc/$capturing/fd" -lname 'anon_inode:*bpf*link*' 2>/dev/null | grep -q . && break
		kill -0 "$capturing" 2>/dev/null || break
		sleep 0.1
	done
	sleep 0.5
}

# In seconds, as long as a capture may need for its output.
END_WITHIN=30
capture_end() {
	local tries
	for ((tries = 0; tries < END_WITHIN * 10; tries++)); do
		if ! kill -0 "$capturing" 2>/dev/null; then
			wait "$capturing"
			return
		fi
		sleep 0.1
	done
	kill -KILL "$capturing"
	wait "$capturing"
	return 124
}

views() {
	local name=$1 view
	shift
	for view in "$@"; do
		printf -- '-o\n%s:%s\n' "$view" "$TMP/$name.$view.folded"
	done
}

# Prints "MICROSECONDS STACKS" of those that match.
sum_matching() {
	local name=$1
	shift
	wanted=$(printf '%s\n' "$@") awk '
		BEGIN {
			nr = split(ENVIRON["wanted"], patterns, "\n")
			for (i = 1; i <= nr; i++) {
				wanted[i] = patterns[i] !~ /^!/
				sub(/^!/, "", patterns[i])
			}
		}
		{
			count = $NF
			sub(/ [0-9]+$/, "")
			stack = ";" $0 ";"
			for (i = 1; i <= nr; i++)
				if (patterns[i] != "" && wanted[i] != (stack ~ patterns[i]))
					next
			sum += count
			stacks++
		}
		END { printf "%.0f %d\n", sum, stacks }' "$TMP/$name.folded"
}
matching() { sum_matching "$@" | cut -d' ' -f1; }
distinct() { sum_matching "$@" | cut -d' ' -f2; }

blocked() { matching "$@" ';\[waits: '; }
queued() { matching "$@" ';\[run queue\];'; }
off() { matching "$@" ';\[(waits: |run queue\];)'; }

agree() {
	near "$1" "$2" "$3" "$(awk -v v="$3" -v percent="$4" -v floor="${5:-500}" \
		'BEGIN { print v * percent / 100 + floor }')"
}

STALE_US=60
LEAVE_US=20
TAKEN_US=0
bounds() {
	awk -v meter="$2" -v what="$3" -v percent="$4" -v floor="$5" \
		-v stale="$STALE_US" -v leave="$LEAVE_US" -v taken="$TAKEN_US" '
		{ own[$1] = $2 }
		END {
			own[meter ".off"] = own[meter]
			low = high = own[meter "." what]
			stale *= own[meter ".switches"]
			leave *= own[meter ".switches"]
			late = stale < own[meter ".cpu"] ? stale : own[meter ".cpu"]
			margin = low * percent / 100 + floor
			if (what != "cpu") low -= leave + taken
			if (what == "cpu") { low -= late; high += leave + taken }
			if (what == "off") high += late
			if (what == "queued") high += late + stale
			if (what == "blocked") low -= stale
			printf "%.0f %.0f\n", low - margin, high + margin
		}' "$TMP/${PROGRAM:-$1}.out"
}

within_bounds() { # LABEL GOT NAME METER WHAT PERCENT US
	local low high
	read -r low high < <(bounds "${@:3}")
	within "$1" "$2" "$low" "$high"
}

metered() {
	local name=$1 meter=$2 percent=$3 floor=$4 what
	shift 4
	for what in off blocked queued; do
		within_bounds "$meter: time $what ($name)" "$($what "$name" "$@")" \
			"$name" "$meter" $what "$percent" "$floor"
	done
}

# Of wakers whose stack says who they are; ELSE_PERCENT may be others.
ELSE_PERCENT=0.1
woken() {
	local all known right
	all=$(blocked "$2" "$3")
	known=$(matching "$2" "$3" ';\[woken by\];')
	right=$(matching "$2" "$3;\\[woken by\\];$4")
	within "$1 (percent)" "$(percent "$right" "$all")" 95 100
	within "$1: and by no one else (percent)" "$(percent "$((known - right))" "$all")" 0 "$ELSE_PERCENT"
}

# The part of the whole, in percent.
percent() { awk -v part="$1" -v whole="$2" 'BEGIN { printf "%.3f\n", whole ? 100 * part / whole : 0 }'; }

# From the report: "events: F fired = R recorded + L lost + ...", then a line for each counter.
fired() { sed -n 's/.*events: \([0-9]*\) fired.*/\1/p' "$TMP/$1.log"; }
recorded() { sed -n 's/.*fired = \([0-9]*\) recorded.*/\1/p' "$TMP/$1.log"; }
lost() { sed -n 's/.*recorded + \([0-9]*\) lost.*/\1/p' "$TMP/$1.log"; }
counted() {
	sed -n 's/.* \([0-9][0-9]*\) \(lost:\|left out:\) .*/\1/p' "$TMP/$1.log" |
		awk '{ sum += $1 } END { print sum + 0 }'
}
left_out() {
	sed -n 's/.* \([0-9][0-9]*\) left out: .*/\1/p' "$TMP/$1.log" |
		awk '{ sum += $1 } END { print sum + 0 }'
}
balanced() {
	is "fired = recorded + counted ($1)" "$(fired "$1")" \
		"$(($(recorded "$1") + $(counted "$1")))"
}

# "books: N threads lived S s = A s on the CPU + B s blocked + C s waiting for a CPU; residual P %"
books() { # NAME threads|lived|cpu|blocked|queued|residual
	awk -v what="$2" '
		/books: [0-9]+ threads? lived/ {
			sub(/.*books: /, "")
			for (i = 1; i < NF; i++) {
				if ($i ~ /^threads?$/) found["threads"] = $(i - 1)
				if ($i == "lived") found["lived"] = $(i + 1)
				if ($i == "on" && $(i + 1) == "the") found["cpu"] = $(i - 2)
				if ($i == "blocked") found["blocked"] = $(i - 2)
				if ($i == "waiting") found["queued"] = $(i - 2)
				if ($i == "residual") found["residual"] = $(i + 1)
			}
			print found[what]
		}' "$TMP/$1.log"
}

# The largest of the percentages that the books and the lines of the worst threads have.
worst_residual() {
	sed -n '/books: /,$ p' "$TMP/$1.log" | grep residual | grep -oE '[0-9.]+ ?%' | tr -d ' %' |
		sort -g | tail -n 1
}

sound() {
	is "every line is frames and microseconds ($1)" \
		"$(grep -cavP '^[^\x00-\x1f\x7f]+ [0-9]+$' "$TMP/$1.folded")" 0
	ok "the lines are sorted ($1)" sort -c "$TMP/$1.folded"
}
