#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Stacks of programs whose chains of calls are known and have no frame pointers: every way of
# building that gives other call-frame information, and every shape of stack that needs its own
# care (tests/truth/unwind; judge.awk says what is asked of each stack).
# On slow machines: SHAPES, a pattern of those to look at, SHAPES_HZ and SHAPES_DURATION.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/capture.sh"

FREQUENCY=${SHAPES_HZ:-1999}
DURATION=${SHAPES_DURATION:-500ms}
SAMPLES_MIN=30
COMPLETE=99.5 # percent of the samples, or all but one of them
AT_ONCE=2
FRAMES_MAX=1023 # STACK_FRAMES_MAX
UNWIND=$TRUTH/unwind

# What leads to the chain.
MAIN='(_start|LIBRARY);(__libc_start_main[^;]*|LIBRARY);(__libc_start_call_main|LIBRARY);'
THREAD='([^;]*clone3?|LIBRARY);(start_thread|LIBRARY);'
CPP_THREAD="$THREAD(execute_native_thread_routine|LIBRARY);([^;]*_M_run[^;]*;)?"
RUST_THREAD="$THREAD([^;]*(std::|core::|alloc::)[^;]*;)+"
RESTORER='[^;]*restore_rt|__kernel_rt_sigreturn|LIBRARY'
# Names are looked up one byte before, as of a return address: where a signal interrupts a function
# at its first instruction it has the name of what stands before it, or none.
INTERRUPTED='interrupted_leaf|\[signals\]'

names=() roots=() fulls=() chains=() commands=() wanted=() durations=()

# shape NAME ROOT FULL CHAIN PROGRAM [ARGUMENT...]: a chain's frames are patterns, with spaces between.
# WANT=PERCENT before it asks for fewer complete stacks; with 0 those that are not complete must say so.
shape() {
	local program=${5%% *}
	[[ $1 =~ ^(${SHAPES:-.*})$ ]] || return
	if [[ $program == "$UNWIND"/* && ! -x $program ]]; then
		skip "$1" "${program##*/} was not built: its tool is missing"
		return
	fi
	names+=("$1") roots+=("$2") fulls+=("$3") chains+=("$4") commands+=("${*:5}")
	wanted+=("${WANT:-$COMPLETE}") durations+=("$DURATION")
}

# take INDEX: starts the program, captures it, ends it.
take() {
	local name=${names[$1]} pid target
	# shellcheck disable=SC2086 # a command is words
	eval "exec ${commands[$1]}" >/dev/null 2>&1 &
	pid=$!
	sleep 0.1
	target=$pid
	# What clone() made is a process of its own, and there before the capture.
	[ "$name" = stacks_clone ] && target=$pid,$(xargs <"/proc/$pid/task/$pid/children")
	# Frames as they were walked: what is inlined in them is not the walker's.
	capture "$name" --user --no-inline -p "$target" -d "${durations[$1]}"
	# shellcheck disable=SC2086 # one word for each
	kill -9 ${target//,/ } 2>/dev/null
	wait "$pid" 2>/dev/null
}

take_all() {
	local index running=0
	for index in "${!names[@]}"; do
		((running < AT_ONCE)) || { wait -n; running=$((running - 1)); }
		take "$index" &
		running=$((running + 1))
	done
	wait
}

# judge NAME ROOT CHAIN: see judge.awk
judge() {
	: >"$TMP/$1.wrong"
	root=$2 chain=$3 wrong=$TMP/$1.wrong awk -f "$ROOT/tests/truth/unwind/judge.awk" \
		"$TMP/$1.folded"
}

# deep NAME DEPTH: the calls of a recursion are all there, or both ends of it and as many as the
# limit allows. Prints the share of samples in the leaf that have this.
deep() {
	root=$MAIN awk -v depth="$2" -v limit="$FRAMES_MAX" '
		BEGIN { root = ENVIRON["root"]; gsub(/LIBRARY/, "\\[[^];]*\\](\\+0x[0-9a-f]+)?", root) }
		{
			count = $NF
			sub(/ [0-9]+$/, "")
			stack = substr($0, index($0, ";") + 1)
			if (stack !~ /;leaf$/)
				next
			all += count
			frames = split(stack, frame, ";")
			calls = gsub(/;descend/, "&", stack)
			cut = gsub(/;\[truncated\]/, "&", stack)
			from_root = stack ~ "^" root "main;descend;"
			if (depth + 5 <= limit)
				good += calls == depth && !cut && from_root ? count : 0
			else
				good += frames >= limit && cut == 1 && from_root &&
					stack ~ /;descend;descend;leaf$/ ? count : 0
		}
		END { printf "%.2f\n", all ? 100 * good / all : 0 }' "$TMP/$1.folded"
}

# judge_one INDEX
judge_one() {
	local name=${names[$1]} want=${wanted[$1]} complete full impossible samples unmarked=0
	read -r complete full impossible samples < <(judge "$name" "${roots[$1]}" "${chains[$1]}")
	[ "$want" = 0 ] && unmarked=$(grep -vc '\[incomplete: ' "$TMP/$name.wrong")
	if awk -v c="$complete" -v f="$full" -v want="$want" -v least="${fulls[$1]}" \
		-v bad=$((impossible + unmarked)) -v n="$samples" -v n_min="$SAMPLES_MIN" \
		'BEGIN { exit !(n >= n_min && (c >= want || n * (100 - c) <= 100) && f >= least && !bad) }'
	then
		pass "$name ($samples samples, $complete % complete, $full % full)"
	else
		fail "$name" "$samples samples, $complete % complete (wanted $want)," \
			"$full % full (wanted ${fulls[$1]}), $impossible impossible, $unmarked unmarked" \
			"$(sort -rn "$TMP/$name.wrong" | cut -c 1-300 | head -n 6)" \
			"$(grep -v '^ ' "$TMP/$name.log" | tail -n 4)"
	fi
}

judge_all() {
	local index name
	for index in "${!names[@]}"; do
		name=${names[$index]}
		if [ -n "${fulls[$index]}" ]; then
			judge_one "$index"
		else
			within "$name: calls that are there" "$(deep "$name" "${name##*_}")" \
				"$COMPLETE" 100
		fi
	done
}

# ---- one chain, built in every way ----

for program in gcc O0 Os frames static static_pie no_pie high one_segment large lto hardened \
	no_header debug_frame debug_frame_compressed clang clang_O0 clang_static gold lld clang_lld; do
	shape "chain_$program" "$MAIN" 95 'main a b c leaf' "$UNWIND/chain_$program"
done
for program in stripped no_sections no_sections_static; do
	shape "chain_$program" "$MAIN" 95 "$(printf ' LIBRARY%.0s' 1 2 3 4 5)" \
		"$UNWIND/chain_$program"
done
# .debug_frame is read where there is no .eh_frame at all, and here the startup code has some.
WANT=0 shape chain_debug_frame_beside "$MAIN" 0 'main a b c leaf' "$UNWIND/chain_debug_frame_beside"
usual=$DURATION DURATION=1500ms
WANT=98 shape executed "$MAIN" 30 'main a b c leaf' sh -c "'sleep 0.7; exec $UNWIND/chain_gcc'"
DURATION=$usual

# ---- shapes of frames ----

for name in array allocated variable aligned; do
	shape "frames_$name" "$MAIN" 95 "main $name middle leaf" "$UNWIND/frames" "$name"
done
shape frames_aligned_variable "$MAIN" 95 'main aligned_variable aligned_many middle leaf' \
	"$UNWIND/frames" aligned_variable
# Rows keep offsets of up to 256 KB.
WANT=0 shape frames_large "$MAIN" 0 'main large middle leaf' "$UNWIND/frames" large
for name in pushes branches red_zone other_register moved_down moved_by_frame_pointer; do
	shape "odd_$name" "$MAIN" 10 "main $name odd_(${name%_down})" "$UNWIND/odd" "$name"
done
# Callers lie below, which but across a signal looks like a stack gone wrong.
WANT=0 shape odd_moved_up "$MAIN" 0 'main moved_up moved_up_from odd_moved odd_leaf' "$UNWIND/odd" moved_up
shape odd_last_call "$MAIN" 95 'main last_call odd_last_call odd_forever' "$UNWIND/odd" last_call
shape calls_clock "$MAIN" 30 'main clock_shape read_clock .*clock_gettime.* .*clock_gettime.*|\[vdso\]' "$UNWIND/calls" clock
shape calls_kernel "$MAIN" 80 'main kernel enter_kernel' "$UNWIND/calls" kernel
# __longjmp() has its return address in a register.
WANT=80 shape calls_jumps "$MAIN" 30 'main jumps jump_once' "$UNWIND/calls" jumps
shape binding_stubs "$MAIN" 5 'main stubs stub_caller short_call.*' "$UNWIND/binding" stubs
# _init has no call-frame information.
WANT=90 shape binding_lazy "$MAIN" 20 'main lazy bind_all call_each' "$UNWIND/binding" lazy
# Before libgcc's unwinder jumps to a handler it overwrites its own return address.
WANT=88 shape exceptions "$MAIN" 30 'main catcher.*' "$UNWIND/exceptions"
shape generated "$MAIN" 95 'main enter \[.*\] callback leaf' "$UNWIND/generated"

# ---- shapes of stacks ----

for name in timer alternate; do
	shape "signals_$name" "$MAIN" 20 \
		"main $name interrupted $INTERRUPTED? $RESTORER handler handler_leaf" \
		"$UNWIND/signals" "$name"
done
shape signals_nested "$MAIN" 20 \
	"main nested interrupted $INTERRUPTED? $RESTORER nesting [^;]*raise[^;]*|LIBRARY? \
		[^;]*pthread_kill[^;]*|LIBRARY? $RESTORER? handler? handler_leaf" \
	"$UNWIND/signals" nested
shape signals_above "$THREAD" 20 \
	"above_thread interrupted $INTERRUPTED? $RESTORER handler handler_leaf" \
	"$UNWIND/signals" above
shape signals_first "$MAIN" 95 \
	"main first (before_)?trapping $RESTORER trap_handler handler_leaf" "$UNWIND/signals" first
shape stacks_clone '([^;]*clone|LIBRARY);' 95 'cloned middle leaf' "$UNWIND/stacks" clone
# In glibc nothing stands before __start_context, where a context returns to: no rows at ip - 1.
WANT=0 shape stacks_coroutines '([^;]*start_context|LIBRARY);' 0 'on_context middle leaf' "$UNWIND/stacks" coroutines
shape threads "$CPP_THREAD" 95 '(first|second|third|fourth).* .*burn.* .*applied.* .*worker::leaf.*' \
	"$UNWIND/threads"
shape threads_rust "$RUST_THREAD" 95 '.*chain_[0-3] .*middle .*leaf' "$UNWIND/threads_rust"
shape forks "$MAIN" 60 'main spawn child_a child_b leaf' "$UNWIND/forks"
shape vforks "$MAIN" 30 'main spawn [^;]*vfork|LIBRARY' "$UNWIND/vforks"
shape loads "$MAIN" 5 'main before|use_plugin before_leaf|plugin_a plugin_b plugin_leaf' \
	"$UNWIND/loads"
for depth in 100 600 2000 20000; do
	shape "recurse_$depth" "$MAIN" '' 'main' "$UNWIND/recurse" "$depth"
done

take_all
judge_all
done_testing
