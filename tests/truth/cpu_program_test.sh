#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Starting a program: its exit status, whose it is, and ending a capture early.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/capture.sh"

while read -r how wanted; do
	capture "status$how" -- "$TRUTH/ending" "$how"
	is "a program ending with $how gives exit status $wanted" "$?" "$wanted"
	within "and its samples" "$(weight "status$how" burn)" 1 10000
done <<EOT
0 0
7 7
-15 143
EOT
capture missing -- "$TMP/no-such-program"
status=$?
ok "a program that cannot be started is an error" test "$status" -ne 0
ok "that names it" grep -q no-such-program "$TMP/missing.log"

# Where any user may read and run it; a checkout below /root is not.
nobody=65534
chmod 755 "$TMP"
install -m 755 "$TRUTH/ending" "$TMP/ending"
SUDO_UID=$nobody SUDO_GID=$nobody SUDO_USER=nobody capture sudo -- "$TMP/ending" 0
is "under sudo the program is the caller's" "$(sed 's/ groups.*//' "$TMP/sudo.out")" \
	"uid $nobody gid $nobody"
within "and keeps none of root's groups" "$(awk '{ print $6 }' "$TMP/sudo.out")" 0 1

# A shell starts its background jobs with SIGINT ignored; env gives it back.
for signal in INT TERM; do
	start "$TRUTH/split603010" 60
	env --default-signal=INT "$BOLOMETER_FAST" cpu -F "$FREQUENCY" -p "$started" -d 60 \
		-o "$TMP/$signal.folded" -o "$TMP/$signal.svg" >"$TMP/$signal.out" 2>&1 &
	capturing=$!
	children+=("$capturing")
	sleep 1.5
	kill "-$signal" "$capturing"
	wait "$capturing"
	is "SIG$signal ends a capture well" "$?" 0
	within "SIG$signal keeps the samples" "$(weight "$signal" main)" 50 2500
	ok "SIG$signal writes every output" well_formed_xml "$TMP/$signal.svg"
done

start "$TRUTH/deepstack" 3 3 # for three seconds
ok "a target that exits ends the capture" capture exits -p "$started"
within "with its samples" "$(weight exits descend)" 5 $((3 * FREQUENCY + 50))
status_of() { "$BOLOMETER_FAST" cpu -q -o "$TMP/none.svg" -- "$@" >/dev/null 2>&1; echo $?; }
is "a program that does not exist" "$(status_of "$TMP/nosuch")" 127
is "one that is none" "$(status_of "$TMP")" 126
done_testing
