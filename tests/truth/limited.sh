# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Cgroups with a limit, v1 or v2, for tests: source it after capture.sh.
#   limited_make CONTROLLER LIMIT   a cgroup with memory.max or pids.max of LIMIT, in $limited; false
#                                   where there can be none. CONTROLLER is memory or pids
#   limited_run PROGRAM...          runs it in there
#   limited_peak                    the most memory that was in use there, in KiB; "" if not known
#   limited_kills                   how often the kernel killed for want of memory
#   limited_remove
limited=

# Where this shell is in a hierarchy, as a folder; empty when that is not mounted.
limited_own() { # v1 controller, or "" for v2
	local mount path
	if [ -n "$1" ]; then
		mount=$(awk -v want="$1" '$3 == "cgroup" && ("," $4 ",") ~ ("," want ",") { print $2; exit }' \
			/proc/self/mounts)
		path=$(sed -nE "s/^[0-9]+:([^:]*,)?$1(,[^:]*)?:(.*)/\3/p" /proc/self/cgroup)
	else
		mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
		path=/ # processes and limits cannot be in one cgroup but here
	fi
	if [ -n "$mount" ] && [ -d "$mount/${path#/}" ]; then echo "$mount/${path#/}"; fi
}

limited_make() {
	local own limit_file=$1.max
	own=$(limited_own "$1")
	if [ -n "$own" ]; then
		[ "$1" = memory ] && limit_file=memory.limit_in_bytes
	else
		own=$(limited_own "")
		grep -qw "$1" "$own/cgroup.controllers" 2>/dev/null || return 1
		echo "+$1" >"$own/cgroup.subtree_control" 2>/dev/null || return 1
	fi
	limited=${own%/}/bolometer-test-$$
	mkdir "$limited" 2>/dev/null || return 1
	echo "$2" >"$limited/$limit_file" 2>/dev/null
}

limited_run() { (echo "$BASHPID" >"$limited/cgroup.procs" && exec "$@"); }

limited_peak() {
	cat "$limited/memory.max_usage_in_bytes" "$limited/memory.peak" 2>/dev/null |
		awk '{ print int($1 / 1024) }'
}

limited_kills() {
	cat "$limited/memory.oom_control" "$limited/memory.events" 2>/dev/null |
		awk '$1 == "oom_kill" { sum += $2 } END { print sum + 0 }'
}

limited_remove() {
	local tries
	for ((tries = 0; tries < 50; tries++)); do
		rmdir "$limited" 2>/dev/null && break
		while read -r pid; do kill -KILL "$pid" 2>/dev/null; done <"$limited/cgroup.procs"
		sleep 0.1
	done
	limited=
}
