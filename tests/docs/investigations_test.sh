#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The investigations of docs/investigations find what they say: their commands are run here,
# shorter, on the example service with the fault, and what was concluded from the graphs has to
# be in the stacks they leave.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/../truth/capture.sh"
if ! "$BOLOMETER_FAST" help offcpu >/dev/null 2>&1; then
	skip "investigations" "this bolometer captures no waits"
	done_testing
fi

serve() { # FAULT
	: >"$TMP/service" # the port of the one before must not be read
	"$ROOT/build/examples/hotservice" "$1" >"$TMP/service" 2>&1 &
	service=$!
	children+=("$service")
	listening "$TMP/service"
	start "$ROOT/build/examples/loadgen" --port "$port" --duration 60
	sleep 0.5
}

ln -s "$BOLOMETER_FAST" "$TMP/bolometer"
sudo() { "$@"; }
pidof() { echo "$service"; }
export -f sudo pidof

commands() { awk '/^```/ { inside = !inside; next } inside && /bolometer /' "$1"; }

# Ticks of CPU time of the service and of what loads it, and of everything, idle or not.
own_ticks() { awk '{ sub(/.*\) /, ""); sum += $12 + $13 } END { print sum }' \
	"/proc/$service/stat" "/proc/$started/stat"; }
all_ticks() { awk '$1 == "cpu" { print $2 + $3 + $4 + $5 + $6 + $7 + $8 + $9 }' /proc/stat; }

# Runs the commands of a document in $TMP; the service has the fault. Leaves in $own_percent how
# much of the CPUs was the service's and its load's meanwhile.
investigate() { # NAME FAULT
	local line own all
	serve "$2"
	export service
	own=$(own_ticks) all=$(all_ticks)
	while IFS= read -r line; do
		ok "$line" bash -c "cd '$TMP' && ${line/-d 10/-d 2}"
	done < <(commands "$ROOT/docs/investigations/$1.md")
	own_percent=$((($(own_ticks) - own) * 100 / ($(all_ticks) - all)))
	end_children
}

# Microseconds in stacks that hold frames in this order, as a pattern of awk.
waited() { # NAME PATTERN
	pattern=$2 awk '
		$0 ~ ENVIRON["pattern"] { sum += $NF }
		END { print sum + 0 }' "$TMP/$1.folded"
}

part() { # NAME PATTERN BASE: in percent
	awk -v part="$(waited "$1" "$2")" -v whole="$(waited "$1" "$3")" \
		'BEGIN { printf "%.1f\n", whole ? 100 * part / whole : 0 }'
}

investigate lock-convoy --convoy
within "lookups wait for the lock of the table" \
	"$(part lock-convoy ';read_in_convoy;.*;\[waits: futex\] ' ';route_lookup;')" 25 100
within "woken by who lets go of it" \
	"$(part lock-convoy-wakers ';read_in_convoy;.*;\[waits: futex\];\[woken by\];.*;read_in_convoy;' \
		';read_in_convoy;.*;\[waits: futex\]')" 90 100

# Where others use this machine as well, it is these that keep workers waiting.
investigate saturated-cpu --indexer
rivals=';worker_main;.*;\[run queue\];\[ran instead: '
if [ "$own_percent" -lt 70 ]; then
	skip "what keeps workers waiting" "the service had $own_percent % of the CPUs only"
else
	within "of the service's threads, the indexer keeps workers waiting" \
		"$(part saturated-cpu "${rivals}indexer\\] " \
		"$rivals(indexer|worker-[0-9]+|acceptor|flusher|stats)\\] ")" 25 100
fi

investigate slow-fsync --audit
within "requests wait for their record" \
	"$(part slow-fsync ';handle_request;audit_request;.*fsync' ';handle_request;')" 60 100
# One capture as the document has it, then all of them as its script does; the gate is there to fail.
serve --seed=1
export service
while IFS= read -r line; do
	wanted=0
	[[ $line != *--fail-on* ]] || wanted=3
	(cd "$TMP" && bash -c "${line/-d 6/-d 1}") >"$TMP/log" 2>&1
	status=$?
	if [ "$status" -eq "$wanted" ]; then pass "$line"; else fail "$line" "status $status" "$(cat "$TMP/log")"; fi
	if [[ $line == *" cpu "* ]]; then
		end_children
		CAPTURE_S=3 BOLOMETER=$BOLOMETER_FAST ok "examples/compare.sh" "$ROOT/examples/compare.sh" "$TMP"
	fi
done < <(commands "$ROOT/docs/investigations/slow-hash.md")
(cd "$TMP" && ./bolometer diff -q --before fast-[123].svg --after slow-[123].svg --verdict verdict.json)
ok "hashing does more" grep -q '"name":"write_sha256",.*"of":"total","verdict":"more"' "$TMP/verdict.json"
done_testing
