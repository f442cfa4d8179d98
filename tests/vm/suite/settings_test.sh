#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# With the machine set so that a feature is missing, which only a guest may do.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/../../truth/capture.sh"

without() { # FEATURE NAME: doctor says so, and a capture is right
	"$BOLOMETER_FAST" doctor >"$TMP/doctor" 2>/dev/null
	is "doctor finds a way without $1" "$?" 0
	ok "and says that it is missing" grep -q "^  without  $1 " "$TMP/doctor"
	ok "capturing without $1" capture "$2" -F 199 -- "$TRUTH/syscaller" 4
	near "user mode has its share" "$(share "$2" in_user main)" "$(own "$2" in_user)" 8
}

echo 2 >/proc/sys/kernel/kptr_restrict
without "kernel symbols" symbols
is "the kernel's functions have no names" "$(grep -c 'do_syscall_64\|el0_svc' "$TMP/symbols.folded")" 0
echo 1 >/proc/sys/kernel/kptr_restrict

depth=$(cat /proc/sys/kernel/perf_event_max_stack)
echo 4 >/proc/sys/kernel/perf_event_max_stack
without "stack depth" depth
ok "stacks that were cut say so" grep -q '\[truncated\]' "$TMP/depth.folded"
echo "$depth" >/proc/sys/kernel/perf_event_max_stack

/busybox/busybox umount /sys/fs/cgroup
without "cgroup v2" cgroup
"$BOLOMETER_FAST" cpu --cgroup / -d 1s -o "$TMP/refused.folded" >"$TMP/refused.log" 2>&1
is "--cgroup is refused" "$?" 1
is "in one line" "$(wc -l <"$TMP/refused.log")" 1
/busybox/busybox mount -t cgroup2 none /sys/fs/cgroup

if ! "$BOLOMETER_FAST" doctor | grep -q '^  ok       hardware counters'; then
	"$BOLOMETER_FAST" cpu -e cycles -d 1s -o "$TMP/refused.folded" >"$TMP/refused.log" 2>&1
	is "-e cycles is refused where there are no counters" "$?" 1
	is "in one line" "$(wc -l <"$TMP/refused.log")" 1
fi
done_testing
