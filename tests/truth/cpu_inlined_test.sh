#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Inlined functions have frames and shares of their own, and lines are those that were reached.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/capture.sh"

ok "capturing three inlined paths for 10 s" capture inl --annotate -- "$TRUTH/inlined" 10
for path in path_a path_b path_c; do
	near "$path has its share" "$(share inl "${path}_[i]" run)" "$(own inl "$path")" 1
done
is "nothing else is called so" "$(weight inl path_a),$(weight inl path_b),$(weight inl mix)" 0,0,0
within "what they call is inlined, too" "$(share inl 'mix_[i]' run)" 90 100
is "run calls the paths, the paths call mix" \
	"$(grep -o 'main;run;path_._\[i\];mix_\[i\]' "$TMP/inl.folded" | sort -u | tr '\n' ' ')" \
	"$(printf 'main;run;path_%s_[i];mix_[i] ' a b c)"

ok "capturing without inlined functions" capture one --annotate --no-inline -- "$TRUTH/inlined" 2
is "--no-inline leaves no inlined frame" "$(grep -c '_\[i\]' "$TMP/one.folded")" 0
within "all is in the function that holds the code" "$(share one run)" 98 100

hot=$(grep -n 'the hot line' "$ROOT/tests/truth/inlined.c" | cut -d: -f1)
loop=$((hot - 1))
ok "capturing with lines" capture lines --lines -- "$TRUTH/inlined" 4
at_hot=$(weight lines "mix inlined.c:$hot")
at_loop=$(weight lines "mix inlined.c:$loop")
within "most of the time is at the loop" \
	"$(awk -v n=$((at_hot + at_loop)) -v all="$(weight lines)" 'BEGIN { print 100 * n / all }')" 90 100
for path in a b c; do
	line=$(grep -n "+= path_$path()" "$ROOT/tests/truth/inlined.c" | cut -d: -f1)
	near "run is at the line that calls path_$path" "$(share lines "run inlined.c:$line")" \
		"$(own lines "path_$path")" 2
done
is "functions without debug information have no line" \
	"$(grep -cE '(^|;)_start [^;]*:[0-9]' "$TMP/lines.folded")" 0
done_testing
