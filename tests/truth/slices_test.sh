#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Time inside a capture: what a program does in its first half is in the first slices and the rest
# in the others, for samples and for waits that end, or are noticed, much later; and slices add up.
# shellcheck source=tests/truth/wait.sh
source "$(dirname "$0")/wait.sh"

slices() { # FILE REGEX MOMENT WORD
	"$(dirname "$0")/slices.py" "$1" "$2" "$3" | awk -v word="$4" '$1 == word { print $2 }'
}
# In microseconds of time, to both sides of the middle: 60 ms is little more than a quarter of a slice.
halves() { # NAME VIEW REGEX FIRST SECOND
	local -A got
	local word value
	while read -r word value; do
		got[$word]=$value
	done < <("$(dirname "$0")/slices.py" "$TMP/$1.$2.svg" "$3" "$(own "$1" middle_ns)")
	agree "$2: ${3//[;^]/} in the first half ($1)" $((${got[before]} / 1000)) "$4" 3 60000
	agree "$2: ${3//[;^]/} in the second half ($1)" $((${got[after]} / 1000)) "$5" 3 60000
	is "and the slices add up ($1)" "${got[sliced]}" "${got[total]}"
}
phases() { # NAME
	local name
	for name in early late naps; do
		# Of the time off the CPU what is no wait is preemption.
		halves "$1" wall "^;$name;" $(($(own "$1" $name.first) + $(own "$1" $name.cpu_first))) \
			$(($(own "$1" $name.second) + $(own "$1" $name.cpu_second)))
		is "every event is in the books ($1)" "$(fired "$1")" \
			"$(($(recorded "$1") + $(counted "$1")))"
	done
	halves "$1" offcpu '^;early;.*;sleep_until;' 0 "$(own "$1" early.second)"
	halves "$1" offcpu '^;late;.*;sleep_until;' "$(own "$1" late.first)" 0
	halves "$1" offcpu '^;naps;.*;nap_until;' "$(own "$1" naps.first)" 0
	halves "$1" offcpu '^;naps;.*;sleep_until;' 0 "$(own "$1" naps.second)"
}
svgs() { # NAME VIEW...
	local name=$1 view
	shift
	for view in "$@"; do
		printf -- '-o\n%s:%s\n' "$view" "$TMP/$name.$view.svg"
	done
}

mapfile -t outputs < <(svgs free wall offcpu)
ok "capturing for as long as it takes" capture_as wall free "${outputs[@]}" \
	-- "$TRUTH/wait_phases" 4
phases free
# 100 ms each at the beginning, which are not too many.
within "slices of 4 s" "$(slices "$TMP/free.wall.svg" . 0 count)" 30 45

mapfile -t outputs < <(svgs joined wall offcpu)
ok "capturing with few slices" capture_as wall joined --slices 21 "${outputs[@]}" \
	-- "$TRUTH/wait_phases" 4
phases joined
within "slices of 4 s, 21 at most" "$(slices "$TMP/joined.wall.svg" . 0 count)" 10 21

mapfile -t outputs < <(svgs small wall offcpu)
ok "capturing with small tables" capture_as wall small --table-entries 128 -v "${outputs[@]}" \
	-- "$TRUTH/wait_phases" 4
phases small
is "nothing is lost" "$(lost small)" 0

# Samples alone, for a known time: the program is over before the end of it.
mapfile -t outputs < <(svgs timed cpu)
ok "capturing for a known time" capture_as cpu timed -F 999 -d 3 --slices 20 "${outputs[@]}" \
	-- "$TRUTH/wait_phases" 2
timed=$TMP/timed.cpu.svg
middle=$(own timed middle_ns)
for name in early late; do
	total=$(slices "$timed" "^;$name;" 0 total)
	is "all samples of $name are in slices" "$(slices "$timed" "^;$name;" 0 sliced)" "$total"
	[ $name = early ] && half=before || half=after
	within "samples of $name in its half (percent)" "$(percent \
		"$(slices "$timed" "^;$name;" "$middle" $half)" "$total")" 93 100
done
"$BOLOMETER_FAST" cpu -q -d 2 --slices 20 -o "$TMP/whole.svg" >"$TMP/whole.log" 2>&1
is "as many slices as were asked for" "$(slices "$TMP/whole.svg" . 0 count)" 20
within "of the same length, the shortest" "$(slices "$TMP/whole.svg" . 0 shortest_us)" 50000 101000
within "the longest" "$(slices "$TMP/whole.svg" . 0 longest_us)" 99000 160000

# The reader that the document prints comes to the same end.
awk '/^```python$/ && !blocks++ { inside = 1; next } /^```$/ { inside = 0 } inside' \
	"$ROOT/docs/FORMAT.md" >"$TMP/read.py"
cat >>"$TMP/read.py" <<'END'
assert at == len(data), 'something is left'
assert all(abs(sum(parts.values()) - value) < 1 for parts, value in zip(slices, own[0]))
assert len({place for parts in slices for place in parts}) > 10
END
cp "$TMP/free.wall.svg" "$TMP/graph.svg"
ok "the reader in docs/FORMAT.md reads slices" env -C "$TMP" python3 read.py

"$BOLOMETER_FAST" render -q "$TMP/free.wall.svg" -o "$TMP/again.folded"
is "graphs with slices are read back" "$?" 0
within "with all they have" "$(awk '{ sum += $NF } END { print sum }' "$TMP/again.folded")" 1000 1e12
"$BOLOMETER_FAST" render -q "$TMP/free.wall.svg" -o "$TMP/again.svg"
block() { grep -o '<metadata id="bolometer".*</metadata>' "$1" | cksum; }
is "drawn again they have the same slices" "$(block "$TMP/again.svg")" "$(block "$TMP/free.wall.svg")"

# Short captures have fewer, and none where there would be but one.
"$BOLOMETER_FAST" cpu -q -d 300ms -o "$TMP/short.svg" >"$TMP/short.log" 2>&1
within "slices of 300 ms" "$(slices "$TMP/short.svg" . 0 count)" 2 3
"$BOLOMETER_FAST" cpu -q -d 150ms -o "$TMP/shorter.svg" >"$TMP/shorter.log" 2>&1
is "slices of 150 ms" "$(slices "$TMP/shorter.svg" . 0 count)" 0
"$BOLOMETER_FAST" offcpu -q -d 1 --slices 0 -o "$TMP/none.svg" >"$TMP/none.log" 2>&1
is "none where none are wanted" "$(slices "$TMP/none.svg" . 0 count)" 0
done_testing
