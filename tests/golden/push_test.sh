#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# --push, of the sanitized build, to servers on loopback: what arrives, what misbehaving ones do, TLS.
# shellcheck source=tests/golden/cli.sh
source "$(dirname "$0")/cli.sh"
# shellcheck source=tests/push.sh
source "$ROOT/tests/push.sh"
PROFILE=$ROOT/tests/golden/pprof/go-cpu.pb.gz

push_server plain
URL=http://127.0.0.1:$port

# ---- what arrives -------------------------------------------------------------------------------
run render "$PROFILE" --push "$URL/good" --push-name shop/cart-1 --push-label env=prod \
	--push-label 'zone=a b&c=d'
ends "a profile is pushed" 0 "pushed shop/cart-1{env=prod,zone=a b&c=d} to $URL/good/ingest"
is "as a server wants it" "$(arrived plain 'r["problem"]')" ""
is "to the ingest endpoint" "$(arrived plain 'r["method"], r["path"]')" "POST /good/ingest"
is "with its name" "$(arrived plain 'r["query"]["name"]')" "shop/cart-1{env=prod,zone=a b&c=d}"
is "who sends" "$(arrived plain 'r["query"]["spyName"], r["agent"][:10]')" "bolometer bolometer/"
is "in two parts" "$(arrived plain 'r["parts"]')" "['profile', 'sample_type_config']"
is "its times are those of the profile" \
	"$(arrived plain 'int(r["query"]["from"]) == r["profile"]["time"] // 10**9,
int(r["query"]["until"]) > int(r["query"]["from"])')" "True True"
is "its types" "$(arrived plain 'r["profile"]["types"]')" "['samples/count', 'cpu/nanoseconds']"
is "have units and names" \
	"$(arrived plain '[(k, v["units"], v["display-name"], v["aggregation"], v["sampled"])
for k, v in sorted(r["config"].items())]')" \
	"[('cpu', 'samples', 'cpu', 'sum', True), ('samples', 'samples', 'cpu_samples', 'sum', True)]"
ok "without -o nothing is written" test "$(ls)" = "$(printf 'err\nout\nplain')"
run render "$PROFILE" -o same.pb.gz --push "$URL/good/ingest/" --push-name a
ends "with -o it is, too" 0 "wrote same.pb.gz"
ok "the same" cmp same.pb.gz plain/pushed.pb.gz
run render "$ROOT/tests/golden/pprof/go-heap.pb.gz" --push "$URL/good" --push-name a
is "types of other tools are told as the server knows them" \
	"$(arrived plain '[(k, v["units"], v["aggregation"]) for k, v in sorted(r["config"].items())]')" \
	"[('alloc_objects', 'objects', 'sum'), ('alloc_space', 'bytes', 'sum'), ('inuse_objects', 'objects', 'average'), ('inuse_space', 'bytes', 'average')]"
echo 'main;work 5' >a.folded
run render a.folded --push "$URL/good" --push-name a; ends "folded text" 0 "pushed a{}"
is "that knows no time is of now" \
	"$(arrived plain "0 <= $(date +%s) + 1 - int(r['query']['until']) < 60")" True


# ---- credentials --------------------------------------------------------------------------------
(umask 077 && printf '# me\nuser: 123\npassword: s3cr:et word\nX-Scope-OrgID: team-a\n' >auth)
run render a.folded --push "$URL/good" --push-name a --push-auth auth
ends "user and password" 0 "pushed a{}"
is "are sent, and the tenant" "$(arrived plain 'r["authorization"], r["tenant"]')" \
	"Basic $(printf '123:s3cr:et word' | base64) team-a"
(umask 077 && printf 'Authorization: Bearer t0ken-t0ken\r\n' >token)
run render a.folded --push "$URL/good" --push-name a --push-auth token; ends "a token" 0 "pushed a{}"
is "is sent" "$(arrived plain 'r["authorization"]')" "Bearer t0ken-t0ken"
run render a.folded --push "$URL/deny" --push-name a --push-auth token
ends "one that is not accepted" 1 "status 401; it wants other credentials (--push-auth FILE)"
ok "is not told, though the server does" sh -c '! grep -q t0ken err out'
run render a.folded --push "$URL/deny" --push-name a --push-auth auth
ok "nor is a password" sh -c "! grep -q 's3cr\|$(printf '123:s3' | base64)' err out"
run render a.folded --push "$URL/good" --push-name a --push-auth <(printf 'user: a\npassword: b\n')
ends "from a pipe" 0 "pushed a{}"
is "likewise" "$(arrived plain 'r["authorization"]')" "Basic $(printf a:b | base64)"
run render a.folded --push http://example.invalid --push-name a --push-auth token --push-timeout 10ms
ends "without TLS it is said" 1 "the credentials can be read on their way to http://example.invalid/"
chmod 644 token
run render a.folded --push "$URL/good" --push-name a --push-auth token
ends "a file that others can read is refused" 1 "token: can be read by others (mode 644); chmod 600"
chmod 640 token
run render a.folded --push "$URL/good" --push-name a --push-auth token; ends "a group's is not" 0 "pushed a{}"
refused() { # NAME TEXT WORDS
	(umask 077 && printf "$2" >bad)
	run render a.folded --push "$URL/good" --push-name a --push-auth bad
	ends "credentials: $1" 1 "--push-auth bad: $3"
}
refused "nothing" '# only words\n' "is empty"
refused "no colon" '\nhunter2\n' "line 2 has no colon"
refused "a header twice over" 'Host: here\n' "line 1 is a header that bolometer itself writes"
refused "control characters" 'X-A: b\033\n' "line 1 has control characters"
refused "half of them" 'user: a\n' "has a user without a password"
refused "no text" 'user: a\000b\n' "is no text"
ok "the lines are not told" sh -c '! grep -q hunter2 err'
run render a.folded --push "$URL/good" --push-name a --push-auth nowhere
ends "credentials: no file" 1 "--push-auth nowhere: No such file"
run render a.folded --push "$URL/good" --push-name a --push-auth .
ends "credentials: a folder" 1 "--push-auth .: Is a directory"

# ---- servers that misbehave ---------------------------------------------------------------------
fails() { # MODE WORDS [TIMEOUT]
	run render a.folded -o kept.pb.gz --push "$URL/$1" --push-name a --push-timeout "${3-10s}"
	ends "server: $1" 1 "cannot push to $URL/$1/ingest: $2"
	ok "the file is kept, and said" grep -q '; the profile is in kept.pb.gz$' err
	ok "as it should be" test -s kept.pb.gz
	rm -f kept.pb.gz
}
again() { # MODE WORDS
	run render a.folded --push "$URL/$1" --push-name a
	ends "server: $1" 0 "$2; trying again in 1 s"
	ok "and then it is pushed" grep -q '^pushed a{}' err
}
fails wrong 'status 422: {"code":"invalid", "message":"no ?[31mroom?"}'
again busy "status 503"
again slowdown "status 429: slow down"
again drop "Empty reply from server"
fails patience "status 429; it asks to wait for 86400 s, which is too long"
fails broken "status 503: no ingester (2 attempts)" 2800ms
fails hang "Operation timed out" 300ms
fails drip "Operation timed out" 300ms
fails garbage "Received HTTP/0.9"
fails login "the answer is a web page"
fails endlesshead "its answer has a head without an end"
fails endlesserror "status 400: xxxxxxxx"
before=$(wc -l <plain/requests)
fails redirect "it sends on to http://localhost:$port/good/ingest, which is not followed"
is "and nothing came there" "$(($(wc -l <plain/requests) - before))" 1
run render a.folded --push "$URL/endless" --push-name a; ends "server: endless" 0 "pushed a{}"
run render a.folded --push "$URL/lost" --push-name a --push-timeout 2s
ends "server: a body that does not come" 0 "pushed a{}"
run render a.folded --push http://127.0.0.1:1 --push-name a --push-timeout 900ms
ends "no server" 1 "cannot push to http://127.0.0.1:1/ingest: Failed to connect"

"$BOLOMETER" render a.folded -o kept.pb.gz --push "$URL/hang" --push-name a >out 2>err </dev/null &
pid=$!
before=$(wc -l <plain/requests)
until [ "$(wc -l <plain/requests)" -gt "$before" ]; do sleep 0.05; done
kill -TERM $pid
wait $pid
status=$?
ends "a signal ends it" 1 "ingest: interrupted; the profile is in kept.pb.gz"
run render a.folded --push "$URL/hang" --push-name a --push-timeout 100ms -q
is "-q leaves the error" "$status $(grep -c . err)" "1 1"

# ---- TLS ----------------------------------------------------------------------------------------
certificate() { # NAME SUBJECT-ALTERNATIVE-NAME
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$1" &&
		openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
			-extfile <(echo "subjectAltName=$2") -out "$1.pem"
}
if command -v openssl >/dev/null; then
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.pem -days 2 -subj "/CN=test CA" \
		>/dev/null 2>&1
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout other.key -out other.pem -days 2 \
		-subj "/CN=other CA" >/dev/null 2>&1
	certificate right IP:127.0.0.1 >/dev/null 2>&1
	certificate elsewhere DNS:elsewhere.example >/dev/null 2>&1
	push_server tls right.pem right.key
	TLS=https://127.0.0.1:$port
	run render a.folded --push "$TLS/good" --push-name a --push-ca ca.pem --push-auth auth
	ends "TLS with the right certificate" 0 "pushed a{} to $TLS/good/ingest"
	is "arrives" "$(arrived tls 'r["problem"], r["tenant"]')" " team-a"
	SSL_CERT_FILE=ca.pem run render a.folded --push "$TLS/good" --push-name a
	ends "of the environment" 0 "pushed a{}"
	before=$(wc -l <tls/requests)
	run render a.folded --push "$TLS/good" --push-name a --push-auth auth
	ends "a CA that is not known" 1 "its certificate is not trusted: "
	run render a.folded --push "$TLS/good" --push-name a --push-auth auth --push-ca other.pem
	ends "another CA" 1 "its certificate is not trusted: "
	SSL_CERT_FILE=ca.pem run render a.folded --push "$TLS/good" --push-name a --push-ca other.pem
	ends "which is the only one" 1 "its certificate is not trusted: "
	is "nothing was sent to them" "$(($(wc -l <tls/requests) - before))" 0
	push_server tls2 elsewhere.pem elsewhere.key
	run render a.folded --push "https://127.0.0.1:$port/good" --push-name a --push-ca ca.pem
	ends "a certificate of another host" 1 "its certificate is not trusted: "
	ok "nothing was sent there" test ! -e tls2/requests
	run render a.folded --push "${TLS/https/http}/good" --push-name a --push-timeout 300ms
	ends "http to a server with TLS" 1 "cannot push to http://127.0.0.1:"
	run render a.folded --push "https${URL#http}/good" --push-name a --push-timeout 300ms
	ends "https to one without" 1 "cannot push to https://127.0.0.1:"
else
	skip "TLS" "there is no openssl"
fi
run render a.folded --push "$URL/good" --push-name a --push-ca a.folded
ends "no certificates" 1 "--push-ca a.folded: there are no certificates in it"

# ---- what is wrong ------------------------------------------------------------------------------
usage() { # NAME WORDS ARGUMENTS...
	local name=$1 words=$2
	shift 2
	run render a.folded "$@"
	ends "usage: $name" 2 "$words"
}
usage "no URL" "--push: the URL is no http:// or https:// URL" --push localhost:4040
usage "another scheme" "--push: the URL is no http://" --push ftp://localhost
usage "a password" "user and password belong into --push-auth FILE" --push http://me:hunter2@localhost
ok "which is not told" sh -c '! grep -q hunter2 err'
usage "a query" "has a query" --push 'http://localhost/?name=a'
usage "a port" "has no host and port that could be one" --push http://localhost:99999
usage "no host" "has no host and port that could be one" --push http://
usage "a path" "characters that no URL has" --push 'http://localhost/a b'
usage "two servers" "two servers are given" --push http://localhost:1 --push http://localhost:2
usage "a view" "only captures have views" --push cpu:http://localhost:1
usage "a name" "--push-name a b: is no application's name" --push "$URL/good" --push-name 'a b'
usage "a label" "is not KEY=VALUE" --push "$URL/good" --push-label 'a-b=c'
usage "a label of the server's" "begins with __" --push "$URL/good" --push-label '__name__=c'
usage "a value" "a comma" --push "$URL/good" --push-label 'a=b,c'
usage "options without --push" "go with --push URL" --push-name a
run render a.folded --push "$URL/good"
ends "a profile of nothing that is known" 1 "--push-name NAME does"
run diff a.folded a.folded --push "$URL/good"; ends "a comparison" 2 "no option --push"
done_testing
