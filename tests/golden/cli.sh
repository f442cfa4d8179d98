# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For tests of the command line: source it instead of tap.sh. The test is in $TMP then.
#   run ARGUMENTS...           runs bolometer; leaves its output in ./out, its messages in ./err, its
#                              status in $status
#   ends NAME STATUS [WORDS]   how the last run ended, that it said the words, in lines without
#                              control characters, and that no sanitizer spoke
# Without words nothing may be said but what was written, unless REPORTS is set: the command reports.
# shellcheck source=tests/tap.sh
source "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
cd "$TMP" || exit 1
REPORTS=

run() {
	"$BOLOMETER" "$@" >out 2>err </dev/null
	status=$?
}

ends() {
	local name=$1 wanted=$2 words=${3-} problem=
	[ "$status" -eq "$wanted" ] || problem="status $status, wanted $wanted"
	if [ -n "$words" ]; then
		grep -qF -- "$words" err || problem="$problem; does not say: $words"
	elif [ -z "$REPORTS" ] && grep -qv '^wrote ' err; then problem="$problem; says something"
	fi
	! grep -q 'Sanitizer\|runtime error' err || problem="$problem; sanitizer"
	! LC_ALL=C grep -q '[[:cntrl:]]' err || problem="$problem; control characters"
	if [ -z "$problem" ]; then pass "$name"; else fail "$name" "$problem" "$(head -c 2000 err)"; fi
}
