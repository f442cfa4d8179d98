# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For the tests of faults: source it instead of tap.sh or, with CAPTURES set, of capture.sh.
#   folder NAME             begins a folder, and goes there
#   loop NAME FAULTS COMMAND...   runs it once for each call that fails (loop.py), a test a fault
# Few calls fail, spread evenly over all, unless FAULT_SAMPLES says how many; 0: all.
if [ -n "${CAPTURES:-}" ]; then
	# shellcheck source=tests/truth/capture.sh
	source "$(dirname "${BASH_SOURCE[0]}")/../truth/capture.sh"
else
	# shellcheck source=tests/tap.sh
	source "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
fi
export FAULT_SAMPLES=${FAULT_SAMPLES:-5} BOLOMETER_CACHE=
LOOP_OPTIONS=()

folder() {
	mkdir -p "$TMP/$1"
	cd "$TMP/$1" || exit 1
}

loop() {
	local name=$1 faults=$2 output
	shift 2
	output=$(python3 "$ROOT/tests/faults/loop.py" --name "$name" --faults "$faults" \
		"${LOOP_OPTIONS[@]}" -- "$@" 2>&1)
	while IFS= read -r line; do
		case $line in
		"ok "*) pass "${line#ok * - }" ;;
		"not ok "*) fail "${line#not ok * - }" ;;
		*) echo "$line" ;;
		esac
	done <<<"$output"
	[ -n "$output" ] || fail "$name: nothing was run"
}
