#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Java machines are asked for the names of their code when a capture ends: those that answer, and
# only those; SIGQUIT would end the others, or make them write lists of their threads.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/capture.sh"

if ! command -v javac >/dev/null; then
	skip "functions of java have their names" "no javac"
	done_testing
fi
cat >"$TMP/Hot.java" <<'EOJ'
import java.lang.management.*;
public class Hot {
	static final ThreadMXBean times = ManagementFactory.getThreadMXBean();
	static long x = 1;
	static void step(long i) { x = x * 31 + (x ^ i); }
	static void most() { for (long i = 0; i < 300000; i++) step(i); }
	static void least() { for (long i = 0; i < 300000; i++) step(i ^ 1); }
	public static void main(String[] arguments) {
		long most = 0, least = 0, before = times.getCurrentThreadCpuTime();
		System.out.println("runs");
		for (;;) {
			boolean rarely = least * 70 < most * 30;
			for (int i = 0; i < 10; i++) { if (rarely) least(); else most(); }
			long now = times.getCurrentThreadCpuTime();
			if (rarely) least += now - before; else most += now - before;
			before = now;
		}
	}
}
EOJ
javac -d "$TMP" "$TMP/Hot.java"
chmod -R a+rX "$TMP"

# run NAME COMMAND...: java with Hot by this command, its output in $TMP/NAME.java, warm
run() {
	local name=$1
	shift
	: >"$TMP/$name.java"
	"$@" -cp "$TMP" -XX:+UseSerialGC Hot >"$TMP/$name.java" 2>&1 &
	started=$!
	children+=("$started")
	for _ in {1..100}; do
		grep -q runs "$TMP/$name.java" && break
		sleep 0.1
	done
	sleep 0.5
	machine=$(pgrep -n -f "^java .*-cp $TMP") # COMMAND, or what it has become
}

has_names() { # NAME
	near "$1: what most does" "$(awk -v a="$(weight "$1" 'void Hot.most()')" \
		-v b="$(weight "$1" 'void Hot.least()')" 'BEGIN { print 100 * a / (a + b + 0.001) }')" 70 4
	within "$1: nearly all is named" "$(share "$1" 'void Hot.most()')" 60 80
	is "$1: which needs no advice" "$(grep -c 'DumpPerfMapAtExit' "$TMP/$1.log")" 0
	is "$1: the report says that it was asked" "$(grep -c "pid $machine): asked for" "$TMP/$1.log")" 1
}

unharmed() { # NAME
	ok "$1: it goes on" kill -0 "$machine"
	is "$1: it has written nothing" "$(cat "$TMP/$1.java")" runs
	end_children
	rm -f "/tmp/.java_pid$machine"
}

run asked java
capture asked --user -p "$machine" -d 1.2
has_names asked
ok "asked: no file is left" test ! -e "/tmp/perf-$machine.map" -a ! -e "/tmp/.attach_pid$machine"
capture again --user -p "$machine" -d 1.2
has_names again
capture off --user --no-jcmd -p "$machine" -d 0.3
is "off: it can be left alone" "$(grep -c 'asked for' "$TMP/off.log")" 0
is "off: then there is advice" "$(grep -c 'DumpPerfMapAtExit' "$TMP/off.log")" 1
unharmed asked

# Another user, another /tmp, and on the host's a map for the same number that is not the one.
run private unshare -m --propagation private sh -c "mount --bind $TMP /mnt && mount -t tmpfs none /tmp &&
	chmod 1777 /tmp && mkdir -p $TMP && mount --bind /mnt $TMP && exec setpriv --reuid=65534 --regid=65534 --clear-groups \
	java \"\$@\"" sh
printf '0 7fffffffffff decoy\n' >"/tmp/perf-$machine.map"
capture private --user -p "$machine" -d 1.2
rm -f "/tmp/perf-$machine.map"
has_names private
is "private: the decoy is not used" "$(weight private decoy)" 0
unharmed private

# This one would be ended by SIGQUIT; it listens without.
run signals java -Xrs
capture signals --user -p "$machine" -d 1.2
has_names signals
unharmed signals

refusal=-XX:+DisableAttachMechanism
run refusing java "$refusal"
capture refusing --user -p "$machine" -d 0.3
is "refusing: the report says why not" \
	"$(grep -c "pid $machine): cannot be asked.*$refusal" "$TMP/refusing.log")" 1
is "refusing: and how to get names" "$(grep -c 'DumpPerfMapAtExit' "$TMP/refusing.log")" 1
unharmed refusing
done_testing
