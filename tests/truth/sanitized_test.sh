#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Captures by the build under sanitizers: the whole system, whose files keep the thread that builds unwind
# tables busy, and a program that is started. `make check-tsan` runs it with the build that finds races.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/capture.sh"
BOLOMETER_FAST=$BOLOMETER

start "$TRUTH/split603010" 600
ok "cpu, the whole system" capture system -d 2s --no-cache
within "time of a program in it (samples)" "$(weight system split603010)" 1 1000000
ok "cpu, a program" capture program --no-cache -- "$TRUTH/split603010" 0.5
ok "wall, all views" capture_as wall wall -F "$FREQUENCY" -p "$started" -d 1s --no-cache \
	-o "offwake:$TMP/offwake.svg" -o "$TMP/wall.pb.gz"
within "its own paths (samples)" "$(weight wall path_a)" 1 100000000
ok "waits of the whole system" capture_as offcpu waits -d 1s --no-cache
# What a sanitizer says ends the program, with another status than 0 or 1.
is "no sanitizer had anything to say" "$(grep -l 'Sanitizer\|runtime error' "$TMP"/*.log)" ""
done_testing
