# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For the scripts beside it: source it in the project's folder. The example service and its load.
#   say WORDS                 "NAME: WORDS", by the name of the script
#   find_root                 sets as_root to what a command needs in front to run as root
#   start_service OPTIONS...  sets service (its pid) and port
#   start_load SECONDS        8 connections; its result comes into $log/load
#   end_load, end_service     before their time
# $log is a folder for messages. It and whatever was started are gone when the script ends.
log=$(mktemp -d) || exit 1
service='' load=''
name=$(basename "$0" .sh)

end_load() {
	kill -TERM "$load" 2>/dev/null
	wait "$load"
	load=''
}

end_service() {
	kill -TERM "$service" 2>/dev/null
	wait "$service"
	service=''
}

clean_up() {
	[ -z "$load" ] || end_load
	[ -z "$service" ] || end_service
	rm -rf "$log"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

say() { echo "$name: $*"; }

# Fails when there is no way.
# shellcheck disable=SC2034 # who sources it uses it
find_root() {
	as_root=()
	[ "$(id -u)" -eq 0 ] && return
	as_root=(sudo)
	command -v sudo >/dev/null && sudo -v
}

start_service() {
	: >"$log/service"
	build/examples/hotservice "$@" >"$log/service" 2>&1 &
	service=$!
	for _ in {1..50}; do
		port=$(sed -n 's/^listening on 127\.0\.0\.1://p' "$log/service")
		[ -n "$port" ] && return
		kill -0 "$service" 2>/dev/null || break
		sleep 0.1
	done
	cat "$log/service" >&2
	return 1
}

start_load() {
	build/examples/loadgen --port "$port" --duration "$1" >"$log/load" 2>&1 &
	load=$!
}
