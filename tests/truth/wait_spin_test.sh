#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Three threads that want one CPU: no blocked time, all of the rest in the run queue; three views
# of one capture.
# shellcheck source=tests/truth/wait.sh
source "$(dirname "$0")/wait.sh"

mapfile -t outputs < <(views spin offcpu runq)
ok "capturing three spinners" capture_as wall spin "${outputs[@]}" -- "$TRUTH/wait_spin" 3
wall=$(own spin wall_us)
stolen=$(own spin steal_us)
for thread in spin-1 spin-2 spin-3; do
	queued=$(matching spin.runq "^;$thread;")
	is "$thread is never blocked in its path" "$(matching spin.offcpu "^;$thread;(.*;)?spin_path;")" 0
	agree "$thread waits for the CPU as long as the kernel says" \
		"$(matching spin.runq "^;$thread;(.*;)?spin_path;(.*;)?\\[run queue\\];")" \
		"$(own spin $thread.queued)" 2 $((1000 + stolen))
	agree "and as long in the view of everything" \
		"$(matching spin "^;$thread;" ';\[run queue\];')" "$queued" 0.1 10
	agree "$thread is on the CPU as long as its clock says" \
		"$(($(matching spin "^;$thread;(.*;)?spin_path;") -
			$(matching spin "^;$thread;(.*;)?spin_path;(.*;)?\\[run queue\\];")))" \
		"$(own spin $thread.cpu)" 2 $((20000 + stolen))
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
		within "and the spinners ran instead (percent)" "$(percent \
			"$(matching spin.runq "^;$thread;(.*;)?spin_path;" ';\[ran instead: spin-[123]\];$')" \
			"$(matching spin.runq "^;$thread;(.*;)?spin_path;")")" 97 100
	done
fi
for name in spin spin.offcpu spin.runq; do
	sound $name
done
balanced spin
done_testing
