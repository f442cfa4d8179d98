#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a capture costs the machine: 15 s of the whole system at 999 Hz with every CPU busy. Own CPU
# time and peak memory of the tool's process, and the time from the end of the capture to a graph
# (to folded text where no flamegraph.pl or inferno is installed to go on with).
# shellcheck source=tests/bench/peers.sh
source "$(dirname "$0")/peers.sh"

SECONDS_CAPTURED=15
HZ=999
spinners=()
end_spinners() { kill "${spinners[@]}" 2>/dev/null; }
trap 'end_spinners; rm -rf "$WORK"' EXIT

for ((cpu = 0; cpu < $(getconf _NPROCESSORS_ONLN); cpu++)); do
	taskset -c "$cpu" "$BUILD/truth/split603010" 600 >/dev/null &
	spinners+=($!)
done

measure() {
	"$BUILD/bench/measure" "$WORK/cost" "$SECONDS_CAPTURED" "$@" \
		>"$WORK/out" 2>"$WORK/messages"
}

# What has to run after the capture; prints its wall time.
finish() { # TOOL
	local drawer
	drawer=$(command -v flamegraph.pl || command -v inferno-flamegraph || echo cat)
	"$BUILD/bench/measure" "$WORK/after" 0 bash -c "source '${BASH_SOURCE[0]%/*}/peers.sh'
		collapse '$1' '$2' | $drawer >/dev/null" 2>/dev/null
	field "$WORK/after" wall_s
}

# bolometer twice: as it is, and without tables of call-frame information.
for tool in $(tools 2>/dev/null | sed 's/^bolometer$/& bolometer_fp/'); do
	out=$WORK/out name=$tool
	case $tool in
	bolometer) measure "$BOLOMETER" cpu -F "$HZ" -o "$WORK/out.svg" ;;
	bolometer_fp)
		name="bolometer --unwind fp"
		measure "$BOLOMETER" cpu --unwind fp -F "$HZ" -o "$WORK/out.svg"
		;;
	bcc) measure "$(bcc_profile)" -f -F "$HZ" ;;
	bpftrace) measure bpftrace -e "profile:hz:$HZ { @[kstack, ustack, comm] = count(); }" ;;
	perf)
		out=$WORK/data
		measure perf record -q -a -g -e cpu-clock -F "$HZ" -o "$out"
		;;
	esac
	cpu=$(field "$WORK/cost" cpu_s) memory=$(field "$WORK/cost" rss_mib)
	row "15 s of everything at 999 Hz, own CPU" "$name" "$cpu" s "<= 0.25 s"
	row "15 s of everything at 999 Hz, memory" "$name" "$memory" MiB "<= 36 MB"
	after=0
	[[ $tool = bolometer* ]] || after=$(finish "$tool" "$out")
	row "end of the capture to a graph" "$name" \
		"$(awk -v a="$(field "$WORK/cost" tail_s)" -v b="$after" \
			'BEGIN { printf "%.2f", a + b }')" s "<= 0.3 s"
done
