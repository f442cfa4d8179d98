#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What is captured: processes, threads, a cgroup, some CPUs, everything; and every --group key.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/capture.sh"

LIFE=60 # seconds; the programs are ended long before
start "$TRUTH/deepstack" 3 "$LIFE"
first=$started
start "$TRUTH/split603010" "$LIFE"
second=$started
start "$TRUTH/threads" 20000
third=$started
last_cpu=$(($(getconf _NPROCESSORS_ONLN) - 1))

tid_named() { # PID NAME
	local task
	for task in "/proc/$1/task"/*; do
		[ "$(cat "$task/comm" 2>/dev/null)" = "$2" ] && basename "$task"
	done
}

until [ -n "$(tid_named "$third" '%s%n')" ]; do sleep 0.05; done

ok "capturing two processes" capture pids --group pid -p "$first,$second" -d 1s
is "-p has these processes and no other" "$(roots pids)" \
	"$(printf '%s\n' "deepstack-$first" "split603010-$second" | sort)"

tid=$(tid_named "$third" '%s%n')
ok "capturing one thread" capture tid --group tid -t "$tid" -d 1s
is "-t has this thread and no other" "$(roots tid)" "%s%n-$tid"
near "all of it in the thread's own function" "$(share tid hostile_6 burn)" 100 0.5

# The keys; one process that is not the only thing running.
while read -r key wanted; do
	ok "--group $key" capture "key-$key" --group "$key" -p "$first" -d 300ms
	got=$(roots "key-$key" descend | sed 's/^cpu [0-9]*$/cpu N/' | sort -u)
	is "--group $key names the root" "$got" "$wanted"
done <<EOT
thread deepstack
process deepstack
tid deepstack-$first
pid deepstack-$first
cpu cpu N
EOT
ok "--group none" capture none --group none -p "$first" -d 300ms
is "--group none adds no frame" "$(roots none | grep -cx deepstack)" 0
within "and keeps the stacks" "$(weight none descend)" 1 100000

ok "capturing the last CPU" capture cpu --group cpu -C "$last_cpu" -d 500ms
is "-C has this CPU and no other" "$(roots cpu)" "cpu $last_cpu"

ok "capturing everything" capture all --group pid -d 1s
for who in "deepstack-$first" "split603010-$second" "threads-$third"; do
	is "the whole system has $who" "$(roots all | grep -cxF "$who")" 1
done

mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
cgroup=$mount/bolometer-test-$$
if [ -z "$mount" ] || ! mkdir "$cgroup" 2>/dev/null; then
	skip "--cgroup" "no cgroup v2 hierarchy that can be written"
else
	mkdir "$cgroup/below"
	home=$(awk -F: '$1 == 0 { print $3 }' "/proc/$first/cgroup")
	if echo "$first" >"$cgroup/below/cgroup.procs"; then
		ok "capturing a cgroup" capture cgroup --group pid --cgroup "$cgroup" -d 1s
		is "--cgroup has what is in it and below, and nothing else" "$(roots cgroup)" \
			"deepstack-$first"
		ok "a path relative to the mount" capture relative --group cgroup \
			--cgroup "${cgroup#"$mount"/}" -d 300ms
		within "--cgroup takes a path relative to the mount" "$(weight relative descend)" \
			1 100000
		is "--group cgroup names the cgroup" \
			"$(roots relative | grep -c "bolometer-test-$$/below")" 1
		id=$(printf '%064x' $((0xabcdef0000 + $$)))
		mkdir "$cgroup/docker-$id.scope"
		echo "$first" >"$cgroup/docker-$id.scope/cgroup.procs"
		ok "capturing by container" capture container --group container \
			-p "$first,$second" -d 300ms
		is "--group container has what is in one, and the host's" "$(roots container)" \
			"$(printf '[host]\ndocker %.12s' "$id")"
		echo "$first" >"$mount$home/cgroup.procs"
		rmdir "$cgroup/docker-$id.scope"
	fi
	rmdir "$cgroup/below" "$cgroup"
fi

# A container's process numbers are not the kernel's: another process would get the blame.
if unshare -p -f --mount-proc true 2>/dev/null; then
	unshare -p -f --mount-proc "$BOLOMETER_FAST" cpu -d 100ms -o "$TMP/inside.svg" 2>"$TMP/inside"
	is "a capture in a PID namespace fails" "$?" 1
	ok "and says why" grep -q "host's PID namespace" "$TMP/inside"
	is "doctor says so, too" \
		"$(unshare -p -f --mount-proc "$BOLOMETER_FAST" doctor | grep -c 'MISSING  PID namespace')" 1
else
	skip "captures in a PID namespace" "no namespace can be made here"
fi
done_testing
