#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Captures with some capabilities instead of root, and without each of them; what captures keep of
# root's; the processes that read foreign files; and that files are read without any.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/capture.sh"

ALL="bpf perfmon sys_ptrace dac_read_search checkpoint_restore syslog"
NOBODY=65534
HOME_OF_NOBODY=$TMP/nobody
chmod 755 "$TMP"
mkdir "$HOME_OF_NOBODY" && chown $NOBODY "$HOME_OF_NOBODY"
cp "$BOLOMETER_FAST" "$TMP/bolometer"

if ! setpriv --reuid $NOBODY --clear-groups --inh-caps=-all,+bpf --ambient-caps=-all,+bpf true 2>/dev/null; then
	skip "captures with capabilities" "setpriv cannot give a user any here"
	done_testing
fi

if [ "$(cat /proc/sys/kernel/perf_event_paranoid)" -gt 2 ]; then
	skip "captures with capabilities" "kernel.perf_event_paranoid is above 2: Debian's kernels then want root"
	done_testing
fi

# Runs a command as nobody with the capabilities, all that it could ever have.
as_nobody() { # CAPABILITIES COMMAND...
	local list=-all name
	for name in $1; do list+=,+$name; done
	shift
	local bound=()
	[ "$list" = -all ] || bound=("--bounding-set=$list" --no-new-privs) # as docs/bolometer.service has it
	(cd "$HOME_OF_NOBODY" && HOME=$HOME_OF_NOBODY setpriv --reuid $NOBODY --regid $NOBODY --clear-groups \
		--inh-caps="$list" --ambient-caps="$list" "${bound[@]}" "$@")
}

without() { # CAPABILITY: the others
	local name
	for name in $ALL; do [ "$name" = "$1" ] || printf '%s ' "$name"; done
}

# The documents say the same six.
for file in README.md docs/SECURITY.md; do
	is "$file names them" "$(grep -o 'setcap cap_[a-z_,]*=ep' "$ROOT/$file")" \
		"setcap $(printf ',cap_%s' $ALL | cut -c2-)=ep"
done
is "so does the unit for systemd" \
	"$(sed -n 's/^\(AmbientCapabilities\|CapabilityBoundingSet\)=//p' "$ROOT/docs/bolometer.service" | uniq)" \
	"$(printf ' CAP_%s' ${ALL^^} | cut -c2-)"

# A program of root's, where only root can look, and one whose file is gone.
mkdir -m 700 "$TMP/private"
cp "$TRUTH/planted" "$TMP/private/hidden"
cp "$TRUTH/planted" "$TMP/gone"
start "$TMP/private/hidden" 5 600
hidden=$started
start "$TMP/gone" 5 600
gone=$started
for _ in {1..50}; do [ "$(readlink /proc/$gone/exe)" = "$TMP/gone" ] && break; sleep 0.1; done
rm "$TMP/gone"

# Whether functions of a program have names.
names_of() { # CAPTURE PROGRAM
	grep "^$2;" "$HOME_OF_NOBODY/$1.folded" | grep -q ';kind_' && echo named
}
both() { echo "$(names_of "$1" hidden) $(names_of "$1" gone)"; }
capture_as_nobody() { # CAPABILITIES NAME OPTIONS...
	local caps=$1 name=$2
	shift 2
	as_nobody "$caps" timeout -k 5 60 "$TMP/bolometer" cpu -F 999 -d 200ms -p $hidden,$gone \
		-o "$HOME_OF_NOBODY/$name.folded" "$@" 2>"$TMP/$name.log"
}

ok "a user with six capabilities captures" capture_as_nobody "$ALL" all
is "what only root may read, and what is gone, has names" "$(both all)" "named named"
is "nothing is said to be missing" "$(grep -c 'will be missing' "$TMP/all.log")" 0
is "doctor finds all that is needed" \
	"$(as_nobody "$ALL" "$TMP/bolometer" doctor | grep -cE '^  (MISSING|without) +(privileges|CAP_)')" 0
as_nobody "$ALL" timeout -k 5 60 "$TMP/bolometer" wall -d 200ms -o "$HOME_OF_NOBODY/wall.folded" -p $hidden \
	2>"$TMP/wall.log"
is "waits can be captured, too" "$? $(names_of wall hidden)" "0 named"

# Each of them is for something.
for name in bpf perfmon; do
	capture_as_nobody "$(without $name)" none
	is "without $name nothing is captured, which is said in one line" \
		"$? $(wc -l <"$TMP/none.log") $(grep -c "without CAP_${name^^}.*sudo" "$TMP/none.log")" "1 1 1"
done
as_nobody "bpf perfmon" "$TMP/bolometer" doctor >"$TMP/doctor"
for name in sys_ptrace dac_read_search checkpoint_restore syslog; do
	is "doctor says what $name is for" \
		"$(grep -A 1 -E "without +CAP_${name^^} " "$TMP/doctor" | grep -c 'needed for: names')" 1
	capture_as_nobody "$(without $name)" "$name"
	is "without $name there is a capture, which says so in one line" \
		"$? $(grep -c "without CAP_${name^^} some names" "$TMP/$name.log")" "0 1"
done
is "without dac_read_search there are no names that need it" "$(both dac_read_search)" " "
is "nor without sys_ptrace" "$(names_of sys_ptrace gone)" ""
is "nor without checkpoint_restore" "$(both checkpoint_restore)" "named "
is "without syslog all of these are named" "$(both syslog)" "named named"
capture_as_nobody "" none
is "a user without any is told what to do, in one line" \
	"$? $(wc -l <"$TMP/none.log") $(grep -c 'CAP_BPF CAP_PERFMON.*sudo' "$TMP/none.log")" "1 1 1"
is "by doctor, too" \
	"$(as_nobody "" "$TMP/bolometer" doctor | grep -A 2 'MISSING  privileges' | grep -c 'sudo setcap cap_bpf,')" 1

# Capabilities of the file, which the programs that it starts do not get, nor what reads files.
list=$(printf ',cap_%s' $ALL)
if cp "$TMP/bolometer" "$TMP/set" && setcap "${list#,}=ep" "$TMP/set" 2>/dev/null &&
	as_nobody "" "$TMP/set" version >/dev/null 2>&1; then
	as_nobody "" timeout -k 5 60 "$TMP/set" cpu -F 999 -d 200ms -o "$HOME_OF_NOBODY/set.folded" \
		-p $hidden 2>"$TMP/log"
	is "a file with capabilities captures for any user" "$? $(names_of set hidden)" "0 named"
	is "a program that it starts has none" "$(as_nobody "" "$TMP/set" cpu -q -o "$HOME_OF_NOBODY/x.folded" -- \
		sed -n 's/^CapEff:[[:space:]]*0*$/none/p' /proc/self/status)" none
	printf 'main;secret 1\n' >"$TMP/private/secret.folded"
	chmod 600 "$TMP/private/secret.folded"
	chmod 711 "$TMP/private"
	as_nobody "" "$TMP/set" render -o - "$TMP/private/secret.folded" >"$TMP/out" 2>&1
	is "it renders nothing that the user may not read" "$? $(grep -c secret\ 1 "$TMP/out")" "1 0"
	chmod 700 "$TMP/private"
else
	skip "capabilities of a file" "the file system of $TMP has none"
fi
is "a program that a user with capabilities starts has none" "$(as_nobody "$ALL" "$TMP/bolometer" cpu -q \
	-o "$HOME_OF_NOBODY/x.folded" -- sed -n 's/^CapEff:[[:space:]]*0*$/none/p' /proc/self/status)" none

# Files need no privileges at all.
printf 'main;work 7\nmain;rest 3\n' >"$TMP/a.folded"
printf 'main;work 9\nmain;rest 3\n' >"$TMP/b.folded"
is "files are rendered without privileges" \
	"$(as_nobody "" "$TMP/bolometer" render -q -o - "$TMP/a.folded")" "$(printf 'main;rest 3\nmain;work 7')"
ok "and compared" as_nobody "" "$TMP/bolometer" diff -q -o "$HOME_OF_NOBODY/d.svg" "$TMP/a.folded" "$TMP/b.folded"

# What is kept of root's: none that captures do not need, and in no thread.
"$BOLOMETER_FAST" cpu -q -d 60 -p $hidden -o "$TMP/x.folded" &
capturing=$!
children+=("$capturing")
for _ in {1..100}; do
	[ "$(cat /proc/$capturing/task/*/status | grep -c '^NoNewPrivs:.*1')" -ge 2 ] && break
	sleep 0.05
done
# CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_MODULE, CAP_SYS_RAWIO, CAP_MKNOD, CAP_SYS_BOOT, CAP_MAC_ADMIN, CAP_SETFCAP
unwanted=$(((1 << 12) | (1 << 13) | (1 << 16) | (1 << 17) | (1 << 27) | (1 << 22) | (1 << 33) | (1 << 31)))
kept=0 threads=0
while read -r _ set; do
	threads=$((threads + 1)) kept=$((kept | 16#$set))
done < <(grep -hE '^Cap(Inh|Prm|Eff|Bnd|Amb):' /proc/$capturing/task/*/status)
is "a capture as root keeps no privilege for the network, modules, devices" "$((kept & unwanted))" 0
within "in all its threads and sets" $threads 10 100
kill $capturing
wait $capturing 2>/dev/null

# What reads the program's file. It has enough of it that the reader is met.
for i in {1..12000}; do
	echo "int f$i(int a) { return a * $i + (a >> 3); }"
done >"$TMP/large.c"
cat >>"$TMP/large.c" <<'END'
#include <time.h>
int main(void)
{
	struct timespec now, start;
	volatile int sum = 0;

	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		for (int i = 0; i < 100000; i++)
			sum = f1(sum) + f77(i);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec - start.tv_sec < 1);
	return 0;
}
END
gcc -g -O0 -o "$TMP/large" "$TMP/large.c"
watched() { # NAME SIGNAL: a reader is met, before it has said anything if it is to crash
	for _ in 1 2 3 4 5 6; do
		"$ROOT/tests/truth/watch_readers.py" "$TMP/large" "$2" "$BOLOMETER_FAST" cpu --no-cache -F 999 \
			-o "$TMP/$1.folded" -- "$TMP/large" >"$TMP/$1.out" 2>"$TMP/$1.log"
		status=$?
		[ $status -eq 99 ] || { [ "$2" -ne 0 ] && grep -q ';f77 ' "$TMP/$1.folded"; } || break
	done
}
watched reader 0
is "while its addresses are named the capture goes on" "$status" 0
zeros=0000000000000000
is "what reads a file has no privileges, and a filter" "$(grep -v '^open\|^tables' "$TMP/reader.out" | tr '\n' ' ')" \
	"Uid 65534 CapInh $zeros CapPrm $zeros CapEff $zeros CapAmb $zeros NoNewPrivs 1 Seccomp 2 "
is "it has nothing open but the file and its channel" "$(grep '^open' "$TMP/reader.out")" "open $TMP/large socket"
is "nor the tables of the kernel's programs" "$(grep '^tables' "$TMP/reader.out")" "tables 0"
ok "and names what it should" grep -q ';main;f77 ' "$TMP/reader.folded"
watched killed 11
is "one that crashes does not end the capture" "$status" 0
is "what it read has no names" "$(grep -c 'f77' "$TMP/killed.folded")" 0
ok "other files have" grep -q '__libc_start_call_main;\[large\]' "$TMP/killed.folded"
is "and why is said in one line" \
	"$(grep -c "$TMP/large: names are missing: .*signal 11" "$TMP/killed.log")" 1
"$BOLOMETER_FAST" cpu --no-cache --no-confine -F 999 -o "$TMP/inside.folded" -- "$TMP/large" 2>"$TMP/inside.log"
is "without other processes the names are the same" \
	"$(grep -oE '[^;]*;main;f77 ' "$TMP/inside.folded" | sort -u)" \
	"$(grep -oE '[^;]*;main;f77 ' "$TMP/reader.folded" | sort -u)"
done_testing
