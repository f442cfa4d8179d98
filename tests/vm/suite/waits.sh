# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For the tests of waits in a guest: source it instead of tests/truth/wait.sh.
#   capture_waits COMMAND NAME PROGRAM...  of the whole life of PROGRAM
#   well_kept NAME                         that nothing is lost, the events add up and the text is sound
# Emulation stretches what lies between two looks at a clock, so the bounds are wide: PERCENT and
# FLOOR_US beside what a thread's own meter measured. One of sixty wakers may have come before its tables, so that
# its stack does not say whole who it is.
# shellcheck source=tests/truth/wait.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../truth/wait.sh"
PERCENT=5
FLOOR_US=50000
STALE_US=600
LEAVE_US=300
ELSE_PERCENT=3

capture_waits() {
	local command=$1 name=$2
	shift 2
	# shellcheck disable=SC2086 # options are words
	ok "capturing ${*##*/}" capture_as "$command" "$name" ${OPTIONS:-} --max-overhead 0 -- "$@"
}

well_kept() {
	is "nothing is lost ($1)" "$(lost "$1")" 0
	balanced "$1"
	sound "$1"
}
