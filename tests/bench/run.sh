#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# `make bench`: every measurement beside this file, one table at the end.
#   tests/bench/run.sh [MEASUREMENT...]    e.g. render_speed; all of them without a name
# Each measurement prints rows "what, tool, figure, unit, target"; the table adds each peer's figure
# divided by bolometer's in the same run, since figures alone are the machine's. ROUNDS sets the
# number of repeats. A quiet machine, root, and half an hour are needed. The peers are in Debian's
# packages bpftrace, linux-perf and libbpf-tools (offcputime).
set -u
cd "$(dirname "$0")" || exit 1
ALL="walk_cost table_cost program_load start snapshots sample_cost switch_cost own_cost weight_kept
	render_speed perf_script_speed pprof_speed diff_speed diff_chance symbols_speed"
# shellcheck disable=SC2086 # they are several
[ $# -gt 0 ] || set -- $ALL
if [ "$(id -u)" -ne 0 ]; then
	echo "bench: capturing needs root: sudo make bench" >&2
	exit 1
fi

if [ ! -x ../../build/tests/bench/timer ]; then
	echo "bench: build first: make bench" >&2 # without it the timer itself would be counted
	exit 1
fi

rows=$(mktemp) || exit 1
trap 'rm -f "$rows"' EXIT
# shellcheck source=tests/bench/peers.sh
(source ./peers.sh && tools >/dev/null)
for measurement; do
	echo "bench: $measurement" >&2
	"./$measurement.sh" >>"$rows" || echo "bench: $measurement failed" >&2
done
awk -F '\t' '
	!($1 in lines) { whats[++nr] = $1 }
	$2 == "bolometer" { own[$1] = $3 }
	{ lines[$1] = lines[$1] $0 "\n" }
	END {
		format = "%-48s %-36s %10s %-4s %8s  %s\n"
		printf format, "what", "tool", "figure", "", "ratio", "target"
		for (i = 1; i <= nr; i++)
			print_lines(whats[i])
	}
	function print_lines(what,    rows, cell, target, ratio, count, i) {
		count = split(lines[what], rows, "\n") - 1
		for (i = 1; i <= count; i++) {
			split(rows[i], cell, "\t")
			target = cell[2] == "bolometer" && cell[5] != "-" ? cell[5] : ""
			ratio = cell[2] != "bolometer" && own[what] > 0 ? \
				sprintf("%.2f", cell[3] / own[what]) : ""
			printf format, i == 1 ? what : "", cell[2], cell[3], cell[4], ratio, target
		}
	}' "$rows"
