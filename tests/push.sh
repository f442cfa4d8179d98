# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Servers of profiles for tests, on loopback: source it after tap.sh. What arrives is checked there.
#   push_server NAME [CERTIFICATE KEY]   starts one; its port goes to $port, what it notes to
#                                        $TMP/NAME/requests and $TMP/NAME/pushed.pb.gz
#   arrived NAME EXPRESSION              what Python says of the last request, r
push_pids=()
# That of capture.sh goes on.
declare -F end_children >/dev/null || end_children() { :; }
trap 'end_children; kill "${push_pids[@]}" 2>/dev/null; rm -rf "$TMP"' EXIT
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
unset CURL_CA_BUNDLE SSL_CERT_FILE SSL_CERT_DIR

push_server() {
	local folder=$TMP/$1
	shift
	mkdir -p "$folder"
	python3 "$ROOT/tests/golden/push_server.py" "$folder" "$@" >"$folder/port" &
	push_pids+=($!)
	until [ -s "$folder/port" ]; do
		kill -0 "${push_pids[-1]}" || return
		sleep 0.05
	done
	port=$(cat "$folder/port")
}

arrived() {
	tail -n 1 "$TMP/$1/requests" | python3 -c "import json, sys
r = json.loads(sys.stdin.read())
print($2)"
}
