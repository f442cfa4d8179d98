#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Six capabilities instead of root, on this kernel: a user captures a program of root's with its names,
# and without any of them is told what is missing.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/../../truth/capture.sh"

ALL="bpf perfmon sys_ptrace dac_read_search checkpoint_restore syslog"
NOBODY=65534
if ! command -v setpriv >/dev/null; then
	skip "captures with capabilities" "there is no setpriv"
	done_testing
fi
chmod 755 "$TMP"
mkdir "$TMP/nobody" && chown $NOBODY "$TMP/nobody"

as_nobody() { # CAPABILITIES COMMAND...
	local list=-all name
	for name in $1; do list+=,+$name; done
	shift
	(cd "$TMP/nobody" && HOME=$TMP/nobody setpriv --reuid $NOBODY --regid $NOBODY --clear-groups \
		--inh-caps="$list" --ambient-caps="$list" "$@")
}

mkdir -m 700 "$TMP/private"
cp "$TRUTH/split603010" "$TMP/private/hidden"
start "$TMP/private/hidden" 300
hidden=$started
cp "$BOLOMETER_FAST" "$TMP/bolometer"
paranoid=$(cat /proc/sys/kernel/perf_event_paranoid)
if [ "$paranoid" -gt 2 ]; then
	as_nobody "$ALL" "$TMP/bolometer" cpu -d 1 -o - >/dev/null 2>"$TMP/log"
	is "perf_event_paranoid=$paranoid keeps users from it, which is said in one line" "$? $(wc -l <"$TMP/log")" "1 1"
	is "and doctor says how to mend it" "$(as_nobody "$ALL" "$TMP/bolometer" doctor |
		grep -c 'sysctl kernel.perf_event_paranoid=2')" 1
	echo 2 >/proc/sys/kernel/perf_event_paranoid
fi
ok "a user with six capabilities captures" as_nobody "$ALL" timeout -k 5 120 "$TMP/bolometer" cpu -F 199 -d 3 \
	--group process -p "$hidden" -o "$TMP/nobody/hidden.folded"
is "what only root may read has names" \
	"$(grep -q '^hidden;.*;main;.*;path_a' "$TMP/nobody/hidden.folded" && echo named)" named
is "doctor finds them all" \
	"$(as_nobody "$ALL" "$TMP/bolometer" doctor | grep -cE '^  (MISSING|without) +(privileges|CAP_|call filters)')" 0
as_nobody "" "$TMP/bolometer" cpu -d 1 -o - >/dev/null 2>"$TMP/log"
is "a user without any is told, in one line" "$? $(wc -l <"$TMP/log") $(grep -c 'CAP_BPF CAP_PERFMON' "$TMP/log")" "1 1 1"
done_testing
