#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The example service answers as documented, survives what no client should send, and ends cleanly;
# the demo draws a graph also where nothing can be captured. No root needed.
# shellcheck source=tests/tap.sh
source "$(dirname "$0")/../tap.sh"
EXAMPLES=$ROOT/build/examples
service=
trap '[ -z "$service" ] || kill "$service"; rm -rf "$TMP"' EXIT

serve() { # OPTIONS...: starts the service, sets service and port
	: >"$TMP/service" # the port of the one before must not be read
	"$EXAMPLES/hotservice" --journal "$TMP/journal" "$@" >"$TMP/service" 2>&1 &
	service=$!
	until port=$(sed -n 's/^listening on 127\.0\.0\.1://p' "$TMP/service") && [ -n "$port" ]; do
		kill -0 "$service" || return
		sleep 0.05
	done
}

end_service() {
	kill -TERM "$service"
	wait "$service"
	local status=$?
	service=
	return "$status"
}

# Sends bytes (printf escapes), prints the answer until the service closes the connection.
talk() {
	exec 3<>"/dev/tcp/127.0.0.1/$port" || return
	# shellcheck disable=SC2059
	printf "$1" >&3
	timeout 5 cat <&3
	exec 3>&-
}
status_of() { talk "$1" 2>/dev/null | head -n 1 | tr -d '\r' | cut -d' ' -f2; }
get() { talk "GET $1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"; }

serve
first=$(get /hash/7 | tail -n 2)
is "the same request gives the same answer" "$(get /hash/7 | tail -n 2)" "$first"
ok "which holds a SHA-256" grep -qE 'sha256 [0-9a-f]{64} ' <<<"$first"
post='POST /journal HTTP/1.1\r\nHost: x\r\nConnection: close\r\n'
is "a body becomes a record" "$(talk "${post}Content-Length: 5\r\n\r\nhello" | tail -n 1)" \
	"record 1"
is "that is in the journal" "$(cut -d' ' -f1,2,4 "$TMP/journal")" "1 5 hello"
if command -v python3 >/dev/null; then
	get /compress/3 | python3 -c 'import sys, zlib
sys.stdout.buffer.write(zlib.decompress(sys.stdin.buffer.read().split(b"\r\n\r\n", 1)[1]))' \
		>"$TMP/text"
	is "a compressed body unpacks to 16 KiB" "$(wc -c <"$TMP/text")" 16384
else
	skip "a compressed body unpacks" "no python3"
fi

host='Host: x\r\n'
long=$(head -c 9000 /dev/zero | tr '\0' a)
while IFS='|' read -r wanted what request; do
	is "$what is answered $wanted" "$(status_of "$request")" "$wanted"
done <<EOT
404|an unknown path|GET /nowhere HTTP/1.1\r\n${host}Connection: close\r\n\r\n
404|a number that is none|GET /hash/1x HTTP/1.1\r\n${host}Connection: close\r\n\r\n
405|the wrong method|GET /journal HTTP/1.1\r\n${host}Connection: close\r\n\r\n
405|an unknown method|BREW /hash/1 HTTP/1.1\r\n${host}\r\n
400|no host|GET /hash/1 HTTP/1.1\r\n\r\n
400|another protocol|HELLO\r\n\r\n
400|a NUL byte|GET /hash/1 HTTP/1.1\r\n${host}X: \\0\r\n\r\n
400|a line without CR|GET /hash/1 HTTP/1.1\n${host}\r\n
400|two lengths|POST /journal HTTP/1.1\r\n${host}Content-Length: 1\r\nContent-Length: 1\r\n\r\na
413|a body too large|POST /journal HTTP/1.1\r\n${host}Content-Length: 999999999999\r\n\r\n
414|a path too long|GET /${long:0:400} HTTP/1.1\r\n${host}\r\n
431|a head too long|GET /hash/1 HTTP/1.1\r\n${host}X: $long\r\n\r\n
501|a chunked body|POST /journal HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n
EOT

ok "two thousand requests" "$EXAMPLES/loadgen" --port "$port" --connections 8 --requests 2000
sleep 1.2 # the report is made every second
within "all were counted" "$(get /stats | awk '/^\// { sum += $2 } END { print sum }')" 2000 2010
end_service
is "SIGTERM ends it well" "$?" 0

serve --seed 2 --slow-hash --convoy -w 2
ok "another seed is other text" test "$(get /hash/7 | tail -n 1)" != "$(tail -n 1 <<<"$first")"
ok "requests under both faults" "$EXAMPLES/loadgen" --port "$port" --requests 500
"$EXAMPLES/loadgen" --port "$port" --duration 5 >/dev/null 2>&1 &
load=$!
sleep 0.3
end_service
is "SIGTERM ends it well under load" "$?" 0
wait "$load"

serve --indexer
ok "requests while the index is made" "$EXAMPLES/loadgen" --port "$port" --requests 500
is "with a thread for each CPU" "$(grep -lx indexer /proc/"$service"/task/*/comm | wc -l)" "$(nproc)"
end_service
is "SIGTERM ends it well" "$?" 0

rm "$TMP/journal"
serve --audit
ok "requests that are recorded" "$EXAMPLES/loadgen" --port "$port" --requests 60
# Of sixty requests, three append a record themselves.
is "each is in the journal" "$(wc -l <"$TMP/journal")" 63
is "in order" "$(cut -d' ' -f1 "$TMP/journal" | sort -nc 2>&1)" ""
is "by its path" "$(awk '$4 == "/journal"' "$TMP/journal" | wc -l)" 3
end_service
is "SIGTERM ends it well" "$?" 0

# A machine where nothing can be captured: doctor says no, files can still be drawn.
cat >"$TMP/no-capture" <<EOT
#!/bin/sh
[ "\$1" = render ] && exec "$BOLOMETER_FAST" "\$@"
echo "perf events are not allowed here"
exit 1
EOT
printf '#!/bin/sh\nexit 1\n' >"$TMP/nothing"
chmod +x "$TMP/no-capture" "$TMP/nothing"
ok "the demo draws the recorded profile" env BOLOMETER="$TMP/no-capture" DEMO="$TMP/demo" \
	bash -c "'$ROOT/examples/demo.sh' >'$TMP/demo.log' 2>&1"
ok "says what is missing" grep -q 'perf events are not allowed here' "$TMP/demo.log"
ok "and that it did so" grep -q 'recorded on another machine' "$TMP/demo.log"
ok "the graph is there" test -s "$TMP/demo/hotservice.svg"
ok "so is the text" cmp "$TMP/demo/hotservice.folded" "$ROOT/examples/hotservice.folded"
ok "the demo fails when nothing can be drawn" bash -c "! BOLOMETER='$TMP/nothing' \
	DEMO='$TMP/demo' '$ROOT/examples/demo.sh'"

# What an investigation does besides capturing.
cat >"$TMP/says-what" <<EOT
#!/bin/sh
echo "\$@" >>"$TMP/captures"
EOT
chmod +x "$TMP/says-what"
if [ "$(id -u)" -eq 0 ]; then
	ok "an investigation runs" env BOLOMETER="$TMP/says-what" LOAD_S=1 CAPTURE_S=1 bash -c \
		"'$ROOT/examples/investigate.sh' lock-convoy '$TMP/pictures' >'$TMP/investigate.log' 2>&1"
	is "it captures one view after the other" \
		"$(cut -d' ' -f1,2 "$TMP/captures" | tr '\n' ' ')" "offcpu -p offwake -p "
	is "and says what the load sees, three times" \
		"$(grep -c 'requests/s' "$TMP/investigate.log")" 3
else
	skip "an investigation runs" "needs root"
fi
ok "there is no other" bash -c "'$ROOT/examples/investigate.sh' high-tide 2>&1 | grep -q lock-convoy"
done_testing
