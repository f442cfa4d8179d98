#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# All of the time: on the CPU, blocked and waiting for a CPU are each thread's lifetime, and what
# the kernel itself accounts for.
# shellcheck source=tests/truth/wait.sh
source "$(dirname "$0")/wait.sh"
CPUS=$(getconf _NPROCESSORS_ONLN)

# The thread's parts in the view of everything against its meter: of the waits those in its loop,
# which is what the meter sees; of the CPU time all, as samples are too few to tell the loop's.
# FLOOR is in microseconds.
parts() { # NAME THREAD FLOOR
	local name=$1 thread=$2 floor=$3 all_waits queued blocked cpu stolen
	stolen=$(own "$name" steal_us)
	all_waits=$(($(matching "$name" "^;$thread;" ';\[run queue\];') +
		$(matching "$name" "^;$thread;" ';\[waits: ')))
	cpu=$(($(matching "$name" "^;$thread;") - all_waits))
	queued=$(matching "$name" "^;$thread;" ';play_' ';\[run queue\];')
	blocked=$(matching "$name" "^;$thread;" ';play_' ';\[waits: ')
	agree "$thread is on the CPU as long as the kernel says ($name)" "$cpu" \
		"$(own "$name" "$thread.cpu")" 1 $((floor + stolen))
	agree "waiting for a CPU ($name)" "$queued" "$(own "$name" "$thread.queued")" 1 \
		$((floor + stolen))
	agree "blocked ($name)" "$blocked" "$(own "$name" "$thread.blocked")" 1 "$floor"
	agree "and together it is its lifetime ($name)" $((cpu + queued + blocked)) \
		"$(($(own "$name" "$thread") + $(own "$name" "$thread.cpu")))" 1 "$floor"
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

ok "capturing ten seconds of sleeping, spinning, ping-pong and both" \
	capture_as wall mixed -- "$TRUTH/wait_mixed" 10
for thread in sleeper-1 spinner-1 ping-1 pong-1 mixed-1; do
	parts mixed $thread 10000
done
residual mixed 0.1
within "the books have every thread" "$(books mixed threads)" 6 20

spinners=()
for ((i = 0; i < 4 * CPUS; i++)); do
	spinners+=(spinner)
done
ok "capturing with four times as many spinners as CPUs" capture_as wall crowded -- \
	"$TRUTH/wait_mixed" 5 sleeper pingpong mixed "${spinners[@]}"
for thread in sleeper-1 ping-1 mixed-1 spinner-1; do
	parts crowded $thread 50000
done
residual crowded 1
done_testing
