#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Programs of the distribution under load: the share of user stacks that reach the thread's root.
# Nobody knows their right stacks here; unwind_stops_test.sh has another unwinder say them.
#
# Where compilers at run time keep frame pointers (node, java) call-frame information must not do
# worse than frame pointers alone: as many stacks to the root, and as deep on average.
#
# A few of them, for a second each; UNWIND_ALL=1 takes all there are, for three.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/capture.sh"
# shellcheck source=tests/truth/unwind/workloads.sh
source "$ROOT/tests/truth/unwind/workloads.sh"

FREQUENCY=999
ROOTED=99.5	      # percent
ROOTED_SHORT_LIVED=94 # with processes that live for milliseconds
DEPTH_NOISE=3	      # percent, between two captures of one program
ALL=${UNWIND_ALL:-}
SECONDS_EACH=${ALL:+3}
SECONDS_EACH=${SECONDS_EACH:-1}

# stacks NAME: "ROOTED DEPTH SAMPLES" of the user stacks: percent, frames on average, their number.
stacks() {
	awk '
		/^[^;]*;\[(idle|no stack)\]/ { next }
		{
			count = $NF
			sub(/ [0-9]+$/, "")
			all += count
			depth += count * (gsub(/;/, ";") - gsub(/;\[(incomplete|truncated)/, "&"))
			if (!/;\[incomplete/)
				rooted += count
		}
		END { printf "%.2f %.1f %d\n", all ? 100 * rooted / all : 0, all ? depth / all : 0, all }
	' "$TMP/$1.folded"
}

# Why stacks of a capture end early, the commonest first, and one of each.
explain() {
	awk '
		match($0, /\[incomplete: [^]]*\]/) {
			why = substr($0, RSTART, RLENGTH)
			count[why] += $NF
			if ($NF > best[why]) {
				best[why] = $NF
				stack[why] = $0
			}
		}
		END { for (why in count) printf "%d %s e.g. %.200s\n", count[why], why, stack[why] }
	' "$TMP/$1.folded" | sort -rn | head -n 5
}

rooted() { # NAME WANTED
	local rooted depth samples
	read -r rooted depth samples < <(stacks "$1")
	if awk -v r="$rooted" -v want="$2" -v n="$samples" 'BEGIN { exit !(n >= 30 && (r >= want || n * (100 - r) <= 100)) }'; then
		pass "$1: $rooted % of $samples stacks rooted, $depth frames on average"
	else
		fail "$1: $rooted % of $samples stacks rooted, wanted $2, $depth frames on average" \
			"$(explain "$1")" "$(grep -v '^ ' "$TMP/$1.log" | tail -n 12)"
	fi
}

take() { # NAME TARGETS [OPTION...]
	capture "$1" --user -p "$2" -d "$SECONDS_EACH" "${@:3}" && return
	fail "capturing $1" "$(cat "$TMP/$1.log")"
	return 1
}

no_worse_than_frame_pointers() { # NAME
	local rooted depth samples fp_rooted fp_depth fp_samples
	read -r rooted depth samples < <(stacks "$1")
	read -r fp_rooted fp_depth fp_samples < <(stacks "$1-fp")
	within "$1: stacks rooted, $fp_rooted % by frame pointers" "$rooted" \
		"$(awk -v v="$fp_rooted" 'BEGIN { print v - 0.5 }')" 100
	within "$1: frames on average, $fp_depth by frame pointers ($samples and $fp_samples samples)" \
		"$depth" "$(awk -v v="$fp_depth" -v by="$DEPTH_NOISE" 'BEGIN { print v * (1 - by / 100) }')" \
		100000
}

for name in $WORKLOADS; do
	case $name in
	python | xz | perl | openssl | sqlite | redis | nginx | cc1plus | node) ;;
	*) [ -n "$ALL" ] || continue ;;
	esac
	if ! work "$name"; then
		skip "$name" "$missing is not installed"
		rest
		continue
	fi
	sleep 0.5
	case $name in
	node | java)
		take "$name" "$target" && take "$name-fp" "$target" --unwind fp &&
			no_worse_than_frame_pointers "$name"
		;;
	*) take "$name" "$target" && rooted "$name" "$ROOTED" ;;
	esac
	rest
done

for name in threads threads_rust; do
	if [ ! -x "$TRUTH/unwind/$name" ]; then
		skip "$name" "it was not built: its compiler is missing"
		continue
	fi
	start "$TRUTH/unwind/$name"
	sleep 0.2
	take "$name" "$started" && rooted "$name" "$ROOTED"
	rest
done

# The whole system, while processes come and go faster than anybody could look at them in /proc.
start bash -c 'while :; do /bin/true; sh -c ":"; ls / >/dev/null; sleep 0.002; done'
sleep 0.2
if capture short_lived --user -d "$((SECONDS_EACH + 1))"; then
	rooted short_lived "$ROOTED_SHORT_LIVED"
else
	fail "capturing the whole system" "$(cat "$TMP/short_lived.log")"
fi
rest
done_testing
