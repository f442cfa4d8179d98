#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Which waits are wanted: by the state of the thread, in which the kernel combines several, and by
# length.
# shellcheck source=tests/truth/wait.sh
source "$(dirname "$0")/wait.sh"
PATHS="sleep_path select_path vfork_path stop_path trace_path short_path long_path"

# The child of vfork is in the same path, under its own name.
blocked_in() { blocked "$1" "^;(sleeper|selecter|vforker|stopped|traced|lengths);(.*;)?$2;"; }

only() { # NAME PATHS...: has the whole blocked time of these, and none of the others
	local name=$1 path
	shift
	for path in $PATHS; do
		if [[ " $* " == *" $path "* ]]; then
			within_bounds "$path ($name)" "$(blocked_in "$name" "$path")" \
				"$name" "$path" blocked 1 1000
		else
			is "not $path ($name)" "$(blocked_in "$name" "$path")" 0
		fi
	done
	balanced "$name"
	sound "$name"
}

while read -r name states wanted; do
	ok "capturing --state $states" capture_as offcpu "$name" --max-overhead 0 \
		--state "$states" -- "$TRUTH/wait_states" 10
	# shellcheck disable=SC2086 # words
	only "$name" $wanted
done <<EOT
sleep sleep sleep_path select_path short_path long_path
disk disk vfork_path
stopped stopped stop_path
traced traced trace_path
both stopped,disk stop_path vfork_path
all all $PATHS
EOT
ok "capturing every state" capture_as offcpu default --max-overhead 0 -- "$TRUTH/wait_states" 10
# shellcheck disable=SC2086
only default $PATHS
while read -r path waits; do
	within "$path waits for $waits (percent)" "$(percent \
		"$(matching default "^;(selecter|vforker);(.*;)?$path;" ";\\[waits: $waits\\];$")" \
		"$(blocked_in default "$path")")" 99 100
done <<EOT
select_path (select|pselect6)
vfork_path (vfork|clone|clone3)
EOT

# What is compared with the limits is the whole wait, with its time in the run queue. 2 ms and 40 ms
# are so far from both limits that only a busy machine takes some across, by the latter.
ok "capturing long waits" capture_as offcpu long --min-wait 20ms -- "$TRUTH/wait_states" 10
within_bounds "--min-wait keeps the long ones" "$(blocked_in long long_path)" long long_path blocked 1 500
within "and leaves the short ones out (percent)" "$(percent "$(blocked_in long short_path)" \
	"$(own long short_path.blocked)")" 0 20
within "and says so" "$(left_out long)" 8 1000000
balanced long
ok "capturing short waits" capture_as offcpu short --max-wait 20ms -- "$TRUTH/wait_states" 10
read -r low high < <(bounds short short_path blocked 1 500)
within "--max-wait keeps the short ones" "$(blocked_in short short_path)" $((low * 8 / 10)) "$high"
is "and leaves the long ones out" "$(blocked_in short long_path)" 0
balanced short
ok "capturing waits between two lengths" capture_as offcpu between --min-wait 30ms \
	--max-wait 10s -- "$TRUTH/wait_states" 10
within_bounds "both limits keep what is between them" "$(blocked_in between long_path)" \
	between long_path blocked 1 500
# A stack is as long as all of its waits, blocked and in the run queue.
is "and nothing shorter" "$(sed -E 's/;\[(run queue|waits: [^;]*)\]( [0-9]+)$/\2/' \
	"$TMP/between.folded" |
	awk '{ us = $NF; sub(/ [0-9]+$/, ""); sum[$0] += us }
		END { for (stack in sum) if (sum[stack] < 29990) print sum[stack], stack }')" ""

for wrong in "--state nosuch" "--min-wait -1s" "--min-wait 2s --max-wait 1s"; do
	# shellcheck disable=SC2086 # words
	"$BOLOMETER_FAST" offcpu $wrong -d 10ms -o "$TMP/wrong.folded" >/dev/null 2>"$TMP/wrong.log"
	is "$wrong is wrong usage" "$?" 2
done
done_testing
