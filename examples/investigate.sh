#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The investigations that docs/investigations tells, from the fault to the pictures.
#   examples/investigate.sh lock-convoy|saturated-cpu|slow-fsync [FOLDER]
# Says what the load sees of the service as it should be and with the fault, captures the latter,
# and leaves a graph and its stacks as text for each capture in FOLDER (investigations/).
# LOAD_S and CAPTURE_S set how long each load and each capture takes, in seconds (5 and 10);
# CAPTURE_S=0 captures nothing. BOLOMETER names another program. Only bolometer itself runs as
# root, through sudo where necessary.
set -u
cd "$(dirname "$0")/.." || exit 1

usage() {
	sed -n '4,9s/^# \{0,1\}//p' examples/investigate.sh >&2
	exit 2
}

# The fault, and what is captured: "COMMAND FILE".
case ${1:-} in
lock-convoy) fault=--convoy captures=("offcpu lock-convoy" "offwake lock-convoy-wakers") ;;
saturated-cpu) fault=--indexer captures=("runq saturated-cpu") ;;
slow-fsync) fault=--audit captures=("offcpu slow-fsync") ;;
*) usage ;;
esac
[ $# -le 2 ] || usage
FOLDER=${2:-investigations}
LOAD_S=${LOAD_S:-5}
CAPTURE_S=${CAPTURE_S:-10}
bolometer=${BOLOMETER:-./bolometer}
# shellcheck source=examples/service.sh
source examples/service.sh

# What the service has used of the CPUs, in ticks (proc_pid_stat(5)).
cpu_ticks() { sed 's/.*) //' "/proc/$service/stat" | awk '{ print $12 + $13 }'; }

cpus_used() { # TICKS SECONDS
	awk -v ticks="$1" -v hz="$(getconf CLK_TCK)" -v s="$2" 'BEGIN { printf "%.2f", ticks / hz / s }'
}

# What the service itself says of each kind of request.
route_times() {
	exec 3<>"/dev/tcp/127.0.0.1/$port" || return
	printf 'GET /stats HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
	tr -d '\r' <&3 | grep -E '^(route|/)'
	exec 3>&-
}

# The service under load, nobody watching.
symptom() { # WHAT OPTIONS...
	local ticks
	say "$1:"
	shift
	start_service "$@" || return
	ticks=$(cpu_ticks)
	start_load "$LOAD_S"
	wait "$load"
	load=''
	{
		cat "$log/load"
		echo "the service used $(cpus_used $(($(cpu_ticks) - ticks)) "$LOAD_S")" \
			"of $(nproc) CPUs; its own service times:"
		sleep 1.1 # they are added up every second
		route_times
	} | sed 's/^/    /'
	end_service
}

capture() { # COMMAND FILE
	local command=("${as_root[@]}" "$bolometer" "$1" -p "$service" -d "$CAPTURE_S"
		--group process -o "$FOLDER/$2.svg" -o "$FOLDER/$2.folded")
	say "capturing: ${command[*]}"
	"${command[@]}"
}

capture_all() {
	local entry
	mkdir -p "$FOLDER" || return
	if ! find_root; then
		say "capturing needs root, and there is no sudo to become it"
		return 1
	fi
	start_service "$fault" || return
	start_load 3600
	sleep 1
	for entry in "${captures[@]}"; do
		# shellcheck disable=SC2086 # they are two words
		capture $entry || return
	done
	end_load
	say "meanwhile the load saw:"
	sed 's/^/    /' "$log/load"
	end_service
}

symptom "the service as it should be" || exit 1
symptom "the service with $fault" "$fault" || exit 1
[ "$CAPTURE_S" = 0 ] && exit 0
capture_all || exit 1
say "the graphs are in $FOLDER; docs/investigations/$1.md reads them"
