#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Whose waits: processes, threads, a cgroup, everything; every --group key; names that try to
# break the formats.
# shellcheck source=tests/truth/wait.sh
source "$(dirname "$0")/wait.sh"

LIFE=60 # seconds; the programs are ended long before
program first "$TRUTH/wait_paths" $LIFE
first=$started
program second "$TRUTH/wait_mixed" $LIFE sleeper mixed
second=$started
tid_named() { # PID NAME
	grep -lxF "$2" "/proc/$1/task"/*/comm 2>/dev/null | cut -d/ -f5
}
until tid=$(tid_named "$first" poller) && [ -n "$tid" ]; do sleep 0.05; done

ok "capturing two processes" capture_as offcpu pids --group pid -p "$first,$second" -d 500ms
is "-p has these processes and no other" "$(roots pids)" \
	"$(printf '%s\n' "wait_mixed-$second" "wait_paths-$first" | sort)"
sound pids
balanced pids

ok "capturing one thread" capture_as offcpu tid --group tid -t "$tid" -d 1s
is "-t has this thread and no other" "$(roots tid)" "poller-$tid"
within "with all of its time" "$(matching tid ';poll_path;')" 950000 1500000

while read -r key wanted; do
	ok "--group $key" capture_as offcpu "key-$key" --group "$key" -p "$first" -d 300ms
	got=$(roots "key-$key" sleep_path | sed 's/^cpu [0-9]*$/cpu N/' | sort -u)
	is "--group $key names the root" "$got" "$wanted"
done <<EOT
thread sleeper
process wait_paths
tid sleeper-$(tid_named "$first" sleeper)
pid wait_paths-$first
cpu cpu N
EOT
cpu=$(($(getconf _NPROCESSORS_ONLN) - 1))
ok "capturing one CPU" capture_as offcpu one-cpu --group cpu -C $cpu -p "$first" \
	--max-overhead 0 -d 500ms
is "-C has the waits that began there, also before the capture" "$(roots one-cpu)" "cpu $cpu"
ok "--group none" capture_as offcpu none --group none -p "$first" -d 300ms
is "--group none adds no frame" "$(roots none | grep -cxE 'sleeper|poller|wait_paths')" 0
within "and keeps the stacks" "$(matching none ';sleep_path;')" 100000 1000000

# Everything: threads of the kernel, too, but never the idle task.
ok "capturing everything" capture_as offcpu all --annotate --state all -d 1s
within "the whole system has the program" "$(matching all '^;sleeper;(.*;)?sleep_path;')" 700000 1500000
is "and not the idle task" "$(matching all '^;swapper|;\[idle\];')" 0
kernel='^;(kthreadd|ksoftirqd/[0-9]+|rcu_[a-z_]+|kworker/[^;]*);'
within "and threads of the kernel" "$(distinct all "$kernel")" 1 1000000
frame='(?:[^;]*_\[k\]|\[[^;]*\])'
is "which have only frames of the kernel" \
	"$(grep -aE "${kernel/#^;/^}" "$TMP/all.folded" |
		grep -cavP "^[^;]+(?:;$frame)* [0-9]+$")" 0
sound all
balanced all
ok "capturing idle threads of the kernel" capture_as offcpu idle --state idle -d 300ms
is "--state idle has only threads of the kernel" \
	"$(matching idle ';(main|start_thread|sleep_path);')" 0
within "which are there" "$(distinct idle '^;kworker/')" 1 100000

mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
cgroup=$mount/bolometer-test-wait-$$
if [ -z "$mount" ] || ! mkdir "$cgroup" 2>/dev/null; then
	skip "--cgroup" "no cgroup v2 hierarchy that can be written"
else
	mkdir "$cgroup/below"
	home=$(awk -F: '$1 == 0 { print $3 }' "/proc/$first/cgroup")
	if echo "$first" >"$cgroup/below/cgroup.procs"; then
		ok "capturing a cgroup" capture_as offcpu cgroup --group pid --cgroup "$cgroup" -d 500ms
		is "--cgroup has what is in it and below, and nothing else" "$(roots cgroup)" \
			"wait_paths-$first"
		within "with its waits" "$(matching cgroup ';sleep_path;')" 350000 1000000
		ok "--group cgroup" capture_as offcpu relative --group cgroup \
			--cgroup "${cgroup#"$mount"/}" -d 300ms
		is "names the cgroup" "$(roots relative | grep -c "bolometer-test-wait-$$/below")" 1
		echo "$first" >"$mount$home/cgroup.procs"
	fi
	rmdir "$cgroup/below" "$cgroup"
fi

# Index N is the thread that runs hostile_N; the one cut inside a character is number 3.
mapfile -t outputs < <(views names offcpu wakeup offwake)
ok "capturing eight hostile names" capture_as wall names "${outputs[@]}" -o "$TMP/names.svg" -- \
	"$TRUTH/threads" 300 wait
names=('a:b' '<x>&amp:</text>' "\"it's\"" - '?[31m????' 'two words 7' '%s%n' '?')
for i in 0 1 2 4 5 6 7; do
	is "the name of hostile_$i" "$(roots names.offcpu "hostile_$i")" "${names[i]}"
	near "hostile_$i has its share" "$(share names.offcpu "hostile_$i" doze)" \
		"$(own names "hostile_$i")" 0.5
done
for name in names names.offcpu names.wakeup names.offwake; do
	sound $name
	ok "folded text is UTF-8 ($name)" iconv -f UTF-8 -t UTF-8 "$TMP/$name.folded" -o /dev/null
done
ok "the graph is well-formed" well_formed_xml "$TMP/names.svg"
done_testing
