#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# All of the time: on the CPU, blocked and waiting for a CPU are each thread's lifetime, and what
# the kernel itself accounts for.
# shellcheck source=tests/truth/wait.sh
source "$(dirname "$0")/wait.sh"
CPUS=$(getconf _NPROCESSORS_ONLN)

# The thread's parts in the view of everything against its meter, which sees all of its life but the
# time before it runs first. FLOOR is in microseconds. Further patterns say which stacks; CPU time is
# all of the thread's, as samples are too few to tell some of it.
parts() { # NAME THREAD FLOOR [REGEX...]
	local name=$1 thread=$2 floor=$3 cpu all
	local stacks=("^;$thread;" '!;\[new thread\];' "${@:4}") TAKEN_US STALE_US=$STALE_US LEAVE_US=$LEAVE_US
	TAKEN_US=$(own "$name" taken_us)
	case $thread in p[io]ng-*) STALE_US=5 LEAVE_US=1 ;; esac
	metered "$name" "$thread" 1 "$floor" "${stacks[@]}"
	cpu=$(matching "$name" "^;$thread;" '!;\[(waits: |run queue\];)')
	within_bounds "$thread: time on the CPU ($name)" "$cpu" "$name" "$thread" cpu 1 "$floor"
	all=$((cpu + $(off "$name" "${stacks[@]}")))
	agree "$thread: all its life ($name)" "$all" \
		"$(($(own "$name" "$thread") + $(own "$name" "$thread.cpu")))" 0.2 "$floor"
}

residual() { # NAME LIMIT
	within "what is missing of the lifetime of all threads (percent, $1)" \
		"$(books "$1" residual)" 0 "$2"
	within "and of the worst one's (percent, $1)" "$(worst_residual "$1")" 0 "$2"
	is "the three parts add up to the lifetime but for it ($1)" "$(awk \
		-v lived="$(books "$1" lived)" -v cpu="$(books "$1" cpu)" \
		-v blocked="$(books "$1" blocked)" -v queued="$(books "$1" queued)" -v limit="$2" \
		'BEGIN { gap = lived - cpu - blocked - queued; if (gap < 0) gap = -gap
			print gap <= lived * limit / 100 + 0.05 ? "yes" : gap " s of " lived }')" yes
	balanced "$1"
	sound "$1"
}

ok "capturing sleeping, spinning, ping-pong and both" \
	capture_as wall mixed --max-overhead 0 -- "$TRUTH/wait_mixed" 5
for thread in sleeper-1 spinner-1 ping-1 pong-1 mixed-1; do
	parts mixed $thread 5000 ';player_main;'
	within "$thread waits where it plays (percent)" "$(percent \
		"$(off mixed "^;$thread;" ';play_')" "$(off mixed "^;$thread;" '!;pthread_barrier_wait;')")" 95 100
done
residual mixed 0.1
within "the books have every thread" "$(books mixed threads)" 6 20
is "nothing is without a stack then" "$(matching mixed ';\[not walked\];')" 0

# As it is when nothing is said about it: some stacks are missing, but no time is.
ok "capturing the same with the limit of overhead" capture_as wall limited -- "$TRUTH/wait_mixed" 5
for thread in sleeper-1 spinner-1 ping-1 pong-1 mixed-1; do
	parts limited $thread 5000
done
residual limited 0.1

spinners=()
for ((i = 0; i < 4 * CPUS; i++)); do
	spinners+=(spinner)
done
for limit in 0 3; do
	name=crowded-$limit
	ok "capturing with four times as many spinners as CPUs ($name)" capture_as wall $name \
		--max-overhead $limit -- "$TRUTH/wait_mixed" 4 sleeper pingpong mixed "${spinners[@]}"
	for thread in sleeper-1 ping-1 pong-1 mixed-1 spinner-1; do
		parts $name $thread 40000
	done
	residual $name 1
done
done_testing
