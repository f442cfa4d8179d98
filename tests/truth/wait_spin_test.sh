#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Three threads that want one CPU: no blocked time, all of the rest in the run queue; three views
# of one capture.
# shellcheck source=tests/truth/wait.sh
source "$(dirname "$0")/wait.sh"

mapfile -t outputs < <(views spin offcpu runq)
ok "capturing three spinners" capture_as wall spin "${outputs[@]}" --max-overhead 0 -- \
	"$TRUTH/wait_spin" 3
wall=$(own spin wall_us)
TAKEN_US=$(own spin taken_us)
for thread in spin-1 spin-2 spin-3; do
	loop="^;$thread;(.*;)?spin_path;"
	within "$thread is hardly ever blocked in its path" "$(blocked spin "$loop")" 0 1000
	within_bounds "$thread waits for the CPU as long as the kernel says" \
		"$(queued spin "$loop")" spin $thread queued 1 1000
	queued=$(queued spin.runq "^;$thread;")
	agree "and as long in the view of everything" "$(queued spin "^;$thread;")" "$queued" 0 100
	within_bounds "$thread is on the CPU as long as its clock says" \
		"$(matching spin "^;$thread;" '!;\[(waits: |run queue\];)')" spin $thread cpu 1 20000
	within "the other spinners ran instead of $thread, or who else used the CPU (percent)" \
		"$(percent "$(matching spin.runq "^;$thread;" ';\[run queue\];\[ran instead: [^;]+\];$')" \
			"$queued")" 95 100
done

# Only who had the CPU to themselves had a third of it each.
ran=$(($(own spin spin-1.cpu) + $(own spin spin-2.cpu) + $(own spin spin-3.cpu)))
if [ "$ran" -lt $((wall * 99 / 100)) ]; then
	skip "two thirds of the time in the run queue" \
		"others used $((100 - ran * 100 / wall)) % of the CPU"
else
	for thread in spin-1 spin-2 spin-3; do
		within "$thread waits two thirds of the time (percent)" \
			"$(percent "$(matching spin.runq "^;$thread;(.*;)?spin_path;")" "$wall")" 64.6 68.7
		# Whoever takes the CPU from a thread counts for all of the time until it has one again.
		within "and mostly the spinners ran instead (percent)" "$(percent \
			"$(matching spin.runq "^;$thread;(.*;)?spin_path;" ';\[ran instead: spin-[123]\];$')" \
			"$(matching spin.runq "^;$thread;(.*;)?spin_path;")")" 80 100
	done
fi
for name in spin spin.offcpu spin.runq; do
	sound $name
done
balanced spin
done_testing
