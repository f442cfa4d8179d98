#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Programs that change what a profiler looks at as fast as they can (hostile.c, hostile_files.c): the
# capture ends in time, within its memory, with what could be had, and what is lost is counted.
# shellcheck source=tests/truth/wait.sh
source "$(dirname "$0")/wait.sh"
# shellcheck source=tests/truth/limited.sh
source "$(dirname "$0")/limited.sh"
MEMORY=512

# Three captures at once: of everything, running and waiting, and of the programs themselves.
attack() { # NAME PID[,PID...]
	local name=$1 pids=() capture
	for capture in "cpu -F 999" "wall --max-overhead 0" "wall -p $2"; do
		# shellcheck disable=SC2086
		capture_as ${capture%% *} "$name.${#pids[@]}" -v --max-memory ${MEMORY}M -d 1 \
			-o "$TMP/$name.${#pids[@]}.svg" ${capture#* } &
		pids+=($!)
	done
	for capture in "${!pids[@]}"; do
		wait "${pids[capture]}"
		is "$name: capture $capture ends well" "$?" 0
		within "$name: within its memory" "$(sed -n 's/^cost: .* CPU, \([0-9.]*\) MB.*/\1/p' \
			"$TMP/$name.$capture.log")" 1 "$MEMORY"
		balanced "$name.$capture"
		ok "$name: the graph is well formed" well_formed_xml "$TMP/$name.$capture.svg"
	done
}

# All of them in the background, below whatever else runs; their process ids, with commas, in $pids.
start_all() { # PROGRAM MODE...
	local program=$1 mode
	shift
	for mode in "$@"; do
		start nice "$TRUTH/$program" "$mode" 90 ${folder:+"$folder"}
		pids=${pids:+$pids,}$started
	done
	sleep 0.5
}

folder='' pids=''
start_all hostile memory stack headers name mappings
attack memory "$pids"
within "what maps is seen through the storm" "$(weight memory.0 storm_of_mappings)" 5 3000
within "and what runs through nonsense above its frame" "$(weight memory.0 nonsense)" 5 3000
end_children

folder='' pids=''
start_all hostile threads exec
folder=$TMP/folder
mkdir "$folder"
start_all hostile_files map binary mounts
attack files "$pids"
within "generated code is seen whatever becomes of its map" "$(weight files.0 jit_caller)" 5 3000
within "and threads by the thousand" "$(matching files.1 ';one_of_many;')" 100000000 100000000000
end_children
for pid in ${pids//,/ }; do
	rm -rf "/tmp/perf-$pid.map"
done

if limited_make pids 100; then
	limited_run nice -n 19 "$TRUTH/hostile" forks 90 >/dev/null 2>&1 &
	children+=($!)
	sleep 0.3
	attack forks $!
	end_children
	limited_remove
else
	skip "a fork bomb" "needs a cgroup with a limit of processes"
fi
done_testing
