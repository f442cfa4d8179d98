#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a fault that takes CPU time changes, as docs/investigations/slow-hash.md tells it: captures of
# the example service without and with `--slow-hash`, in turns, and the graph of their difference.
#   examples/compare.sh [FOLDER]
# Leaves fast-1.svg, slow-1.svg, ... and slow-hash.svg in FOLDER (investigations/).
# CAPTURES and CAPTURE_S set how many captures there are of each, and how long, in seconds (3 and 4).
# BOLOMETER names another program. Only the captures run as root, through sudo where necessary.
set -u
cd "$(dirname "$0")/.." || exit 1
[ $# -le 1 ] || { sed -n '5,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
FOLDER=${1:-investigations}
CAPTURES=${CAPTURES:-3}
CAPTURE_S=${CAPTURE_S:-4}
bolometer=${BOLOMETER:-./bolometer}
# shellcheck source=examples/service.sh
source examples/service.sh

# A new service each time: what one process does differently from another is seen as chance, too.
capture() { # FILE OPTIONS...
	local command=("${as_root[@]}" "$bolometer" cpu -q -p)
	local more=(-d "$CAPTURE_S" -F 999 --group process -o "$FOLDER/$1.svg")
	shift
	start_service "$@" || return
	start_load 3600
	sleep 1
	say "hotservice${*:+ $*}: ${command[*]} $service ${more[*]}"
	"${command[@]}" "$service" "${more[@]}" || return
	end_load
	end_service
}

compare() {
	local fast=() slow=() i
	for ((i = 1; i <= CAPTURES; i++)); do
		capture "fast-$i" && capture "slow-$i" --slow-hash || return
		fast+=("$FOLDER/fast-$i.svg") slow+=("$FOLDER/slow-$i.svg")
	done
	local command=("$bolometer" diff --before "${fast[@]}" --after "${slow[@]}" -o "$FOLDER/slow-hash.svg")
	say "comparing: ${command[*]}"
	"${command[@]}"
}

mkdir -p "$FOLDER" || exit 1
if ! find_root; then
	say "capturing needs root, and there is no sudo to become it"
	exit 1
fi
compare
