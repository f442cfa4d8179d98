# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For the measurements: source it. Tools by one name each, how to run them, and rows of the table.
#   tools                     the tools that are installed; the others are named on standard error
#   watch_cpu TOOL CPU HZ OUT starts it: one CPU at HZ until stop_watching, its result in OUT
#   collapse TOOL OUT         that result as folded stacks on standard output
#   row WHAT TOOL FIGURE UNIT TARGET   a row of the table
#   median                    of the numbers on standard input
#   field FILE WORD           the number after WORD
# BCC_PROFILE names bcc's libbpf `profile`, where it is not in the PATH.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export LC_ALL=C PATH=$PATH:/usr/sbin:/usr/local/sbin:/usr/share/bcc/libbpf-tools
BUILD=$ROOT/build/tests
BOLOMETER=${BOLOMETER_FAST:-$ROOT/bolometer}
WORK=$(mktemp -d)
watching=
trap 'stop_watching; rm -rf "$WORK"' EXIT
trap 'exit 1' INT TERM

# Other programs are called `profile` too.
bcc_profile() {
	local path=${BCC_PROFILE:-$(command -v profile)}
	[ -n "$path" ] && "$path" --help 2>&1 | grep -q 'stack-storage-size' && echo "$path"
}

has() {
	case $1 in
	bolometer) [ -x "$BOLOMETER" ] ;;
	bcc) bcc_profile >/dev/null ;;
	*) command -v "$1" >/dev/null ;;
	esac
}

tools() {
	local tool
	for tool in bolometer bcc bpftrace perf; do
		if has "$tool"; then echo "$tool"; else echo "not installed: $tool" >&2; fi
	done
}

# A shell starts background jobs with SIGINT ignored, which some of these obey.
watch_cpu() {
	local cpu=$2 hz=$3 out=$4 tool
	case $1 in
	timer) tool=("$BUILD/bench/timer" "$cpu" "$hz") ;;
	bolometer) tool=("$BOLOMETER" cpu -C "$cpu" -F "$hz" -o "$out" --format folded) ;;
	bcc) tool=("$(bcc_profile)" -f -C "$cpu" -F "$hz" --stack-storage-size 131072) ;;
	bpftrace)
		tool=(bpftrace -e "profile:hz:$hz /cpu == $cpu && pid/
			{ @[kstack, ustack, comm] = count(); }") ;;
	perf) tool=(perf record -q -g -e cpu-clock -F "$hz" -C "$cpu" -o "$out") ;;
	esac
	if [ "$1" = bolometer ] || [ "$1" = perf ]; then out=/dev/null; fi
	BPFTRACE_MAP_KEYS_MAX=200000 env --default-signal=INT "${tool[@]}" \
		>"$out" 2>"$WORK/messages" &
	watching=$!
	sleep 1.2
}

stop_watching() {
	[ -n "$watching" ] || return 0
	kill -INT "$watching" 2>/dev/null
	# One that misses the signal while it starts would be waited for without end.
	for _ in {1..100}; do
		kill -0 "$watching" 2>/dev/null || break
		sleep 0.1
	done
	kill -KILL "$watching" 2>/dev/null
	# The floor knows no SIGINT handler, and a shell would speak of its death.
	wait "$watching" 2>/dev/null
	watching=
}

collapse() {
	case $1 in
	perf)
		perf script -i "$2" -F comm,ip,sym 2>/dev/null | awk '
			/^[ \t]+[0-9a-f]+ / { $1 = ""; sub(/^ /, ""); stack = ";" $0 stack; next }
			/^[^ \t]/ { comm = $1; stack = "" }
			/^$/ { if (comm != "") counts[comm stack]++; comm = "" }
			END { for (stack in counts) print stack, counts[stack] }' ;;
	bpftrace)
		awk '
			/^@\[/ { stack = ""; next }
			/^, .*\]: [0-9]+$/ { print substr(stack, 2), $NF; next }
			/^    / {
				sub(/^ +/, "")
				sub(/\+[0-9]+$/, "")
				stack = ";" $0 stack
			}' "$2" ;;
	*) cat "$2" ;;
	esac
}

row() { printf '%s\t%s\t%s\t%s\t%s\n' "$@"; }

median() {
	sort -n | awk '
		{ v[NR] = $1 }
		END { if (NR) print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

field() { awk -v word="$2" '$1 == word { print $2 }' "$1"; }
