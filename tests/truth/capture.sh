# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For the tests of captures: source it instead of tap.sh. It ends the test as skipped where this
# machine or this user cannot capture.
#   capture NAME OPTIONS...     bolometer cpu OPTIONS at 999 Hz, folded to $TMP/NAME.folded; its
#                               messages in NAME.log, a program's standard output in NAME.out
#   capture_as COMMAND NAME OPTIONS...   the same of another command
#   weight NAME [FRAME...]      samples whose stacks hold all the frames
#   share NAME FRAME [BASE]     the part of them, in percent of those that hold BASE (of all)
#   roots NAME [FRAME]          the distinct root frames, one a line (of stacks that hold FRAME)
#   own NAME WORD               the number a truth program printed after WORD
#   near NAME GOT WANTED BY     passes when GOT is WANTED plus or minus BY
#   start PROGRAM...            in the background, its pid in $started; ended by the test's end
#   listening LOG               waits for the example service to say its port there: $port
# REQUIRED is the command that must work here, "cpu" when not set.
# Truth programs are compared with what they measured of themselves, never with wall time.
# shellcheck source=tests/tap.sh
source "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
export TRUTH=$ROOT/build/tests/truth
FREQUENCY=999
children=()
trap 'end_children; rm -rf "$TMP"' EXIT

end_children() {
	local pid
	for pid in "${children[@]}"; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	children=()
}

start() {
	"$@" >/dev/null 2>&1 &
	started=$!
	children+=("$started")
}

listening() {
	for _ in {1..100}; do
		port=$(sed -n 's/^listening on 127\.0\.0\.1://p' "$1")
		[ -z "$port" ] || return 0
		sleep 0.1
	done
	return 1
}

capture_as() {
	local command=$1 name=$2
	shift 2
	timeout -k 5 60 "$BOLOMETER_FAST" "$command" -o "$TMP/$name.folded" "$@" \
		>"$TMP/$name.out" 2>"$TMP/$name.log"
}

capture() {
	local name=$1
	shift
	capture_as cpu "$name" -F "$FREQUENCY" "$@"
}

# A folded line is frames joined by ";", a space and a count; names may hold spaces themselves.
weight() {
	local name=$1
	shift
	wanted=$(printf '%s\n' "$@") awk '
		BEGIN { nr = split(ENVIRON["wanted"], frames, "\n") }
		{
			count = $NF
			sub(/ [0-9]+$/, "")
			hit = 1
			for (i = 1; i <= nr; i++)
				if (frames[i] != "" && !index(";" $0 ";", ";" frames[i] ";"))
					hit = 0
			if (hit)
				sum += count
		}
		END { print sum + 0 }' "$TMP/$name.folded"
}

share() {
	awk -v part="$(weight "$1" "$2" "${3:-}")" -v whole="$(weight "$1" "${3:-}")" \
		'BEGIN { printf "%.2f\n", whole ? 100 * part / whole : 0 }'
}

roots() {
	frame=${2:-} awk '
		{
			sub(/ [0-9]+$/, "")
			if (ENVIRON["frame"] == "" || index(";" $0 ";", ";" ENVIRON["frame"] ";"))
				print
		}' "$TMP/$1.folded" | cut -d';' -f1 | sort -u
}

own() { awk -v word="$2" '$1 == word { print $2 }' "$TMP/$1.out"; }

near() {
	within "$1" "$2" "$(awk -v v="$3" -v by="$4" 'BEGIN { print v - by }')" \
		"$(awk -v v="$3" -v by="$4" 'BEGIN { print v + by }')"
}

# A capture that fails where doctor sees no obstacle is a failure, not a reason to skip.
require_capture() {
	local command=${REQUIRED:-cpu}
	if [ "$(id -u)" -ne 0 ]; then
		skip "$command captures" "needs root"
		done_testing
	fi
	"$BOLOMETER_FAST" "$command" -q -d 100ms -o "$TMP/probe.folded" >"$TMP/probe.log" 2>&1 && return
	if "$BOLOMETER_FAST" doctor >"$TMP/doctor.log" 2>&1; then
		fail "a first capture" "$(cat "$TMP/probe.log" "$TMP/doctor.log")"
	else
		skip "$command captures" "$(head -n 1 "$TMP/probe.log")"
	fi
	done_testing
}
require_capture
