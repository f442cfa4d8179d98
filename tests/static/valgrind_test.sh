#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Captures under valgrind, which sees libraries that no sanitizer was built into. Of threads and of the whole
# system: valgrind of Debian 12 has no pidfd_open(), and so no -p. Nor does it know that the kernel fills what
# is read of tables by the batch, and takes it for uninitialised: only accesses and leaks are looked for.
# It makes code, which confined processes cannot.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/../truth/capture.sh"
if ! command -v valgrind >/dev/null; then
	skip "captures under valgrind" "no valgrind here: .ci/packages.sh install static"
	done_testing
fi
start "$TRUTH/split603010" 1000
for command in cpu wall; do
	valgrind -q --error-exitcode=55 --num-callers=12 --leak-check=full --errors-for-leak-kinds=definite \
		--undef-value-errors=no \
		--suppressions="$ROOT/tests/static/valgrind.supp" "$BOLOMETER_FAST" "$command" -q --no-confine -t "$started" \
		-F "$FREQUENCY" -d 2 --no-cache -o "$TMP/$command.folded" -o "$TMP/$command.svg" >"$TMP/$command.log" 2>&1
	is "$command under valgrind" "$? $(grep -v 'unhandled eBPF command' "$TMP/$command.log")" "0 "
	within "with samples of the target ($command)" "$(weight "$command" path_a)" 1 100000000
done
done_testing
