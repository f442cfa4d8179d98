#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The BPF programs as each installed clang makes them: what the kernel's verifier has to look at
# until it accepts the sampling program, and how long loading takes.
# shellcheck source=tests/bench/peers.sh
source "$(dirname "$0")/peers.sh"

ROUNDS=${ROUNDS:-5}
COMPILERS="clang-14 clang-15 clang-16 clang-17 clang-18 clang-19 clang-20"

for compiler in $COMPILERS; do
	command -v "$compiler" >/dev/null || continue
	make -s -C "$ROOT" B="$WORK/$compiler" CLANG="$compiler" "$WORK/$compiler/tests/bench/load_cost" \
		>"$WORK/build" 2>&1 || { cat "$WORK/build" >&2 && continue; }
	for ((i = 0; i < ROUNDS; i++)); do
		"$WORK/$compiler/tests/bench/load_cost" >"$WORK/load" || continue 2
		field "$WORK/load" load_ms >>"$WORK/$compiler.ms"
	done
	row "BPF programs by $compiler, load" bolometer "$(median <"$WORK/$compiler.ms")" ms "< 1000 ms"
	row "BPF programs by $compiler, verified" bolometer "$(field "$WORK/load" verified)" - "<= 100000"
done
