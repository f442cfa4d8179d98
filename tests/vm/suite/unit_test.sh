#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The unit tests that look at processes and at the kernel, of a machine whose programs cannot run on
# this one's kernel (NOT_EMULATED in tests/tests.mk).
# shellcheck source=tests/tap.sh
source "$(dirname "$0")/../../tap.sh"
export CMOCKA_MESSAGE_OUTPUT=TAP EMULATED=1

for program in "$ROOT"/build/tests/unit/*_test; do
	if [ -x "$program" ]; then
		ok "${program##*/}" timeout 300 "$program"
	else
		skip "unit tests" "this machine's kernel has run them"
	fi
done
done_testing
