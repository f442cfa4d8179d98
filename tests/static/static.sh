# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For the tests by analyzers: source it instead of tap.sh. They look at the program, not at its tests.
#   sources                 the program's files, one a line
#   no_findings NAME TOOL COMMAND...   runs it with some of them behind its arguments, in parallel; passes
#                           when it prints nothing and succeeds
# shellcheck source=tests/tap.sh
source "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
cd "$ROOT" || exit 1
FLAGS=(-std=gnu11 -I. -isystem build -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 '-DBOLOMETER_VERSION="0"')

sources() { find profiler symbolizer render -name '*.c'; }

no_findings() {
	local name=$1 tool=$2 findings status
	shift 2
	if ! command -v "$tool" >/dev/null; then
		skip "$name" "no $tool here: .ci/packages.sh install static"
		return
	fi
	findings=$(sources | xargs -P "$(nproc)" -n 8 "$@" 2>&1)
	status=$?
	if [ "$status" = 0 ] && [ -z "$findings" ]; then
		pass "$name, $(sources | wc -l) files"
	else
		fail "$name" "status $status" "$findings"
	fi
}
