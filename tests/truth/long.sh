# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What a process has while it runs, for tests of captures that last: source it.
#   follow PID FILE SECONDS    writes a line to FILE every so many seconds, until the process ends:
#                              "seconds anonymous_KiB descriptors BPF_maps CPU_ticks"
#   grown FILE COLUMN FROM TO  how much the column grew from one part of the lines to another, by a
#                              straight line through those in between: 0.5 1 for the second half;
#                              per minute
#   last FILE COLUMN           what it was last
follow() {
	local pid=$1 file=$2 interval=$3 anon fds ticks began=$EPOCHREALTIME
	: >"$file"
	while sleep "$interval"; do
		anon=$(awk '$1 == "RssAnon:" { print $2 }' "/proc/$pid/status" 2>/dev/null)
		fds=$(find "/proc/$pid/fd" -printf '%l\n' 2>/dev/null)
		ticks=$(awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$pid/stat" 2>/dev/null)
		[ -n "$anon" ] && [ -n "$ticks" ] || break
		awk -v now="$EPOCHREALTIME" -v began="$began" -v anon="$anon" -v ticks="$ticks" '
			/bpf-map/ { maps++ }
			END { printf "%.1f %d %d %d %d\n", now - began, anon, NR - 1, maps, ticks }' \
			<<<"$fds" >>"$file"
	done
}

grown() {
	awk -v column="$2" -v from="$3" -v to="$4" '
		{ x[NR] = $1 / 60; y[NR] = $column }
		END {
			for (i = 1; i <= NR; i++) {
				if (i < from * NR || i > to * NR)
					continue
				n++; sx += x[i]; sy += y[i]; sxx += x[i] * x[i]; sxy += x[i] * y[i]
			}
			d = n * sxx - sx * sx
			printf "%.1f\n", d ? (n * sxy - sx * sy) / d : 0
		}' "$1"
}

last() { tail -n 1 "$1" | cut -d" " -f"$2"; }
