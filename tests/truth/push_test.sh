#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Captures that are pushed: what arrives is what was captured, under the right name, and a server that
# fails loses nothing.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/capture.sh"
# shellcheck source=tests/push.sh
source "$ROOT/tests/push.sh"
push_server server
URL=http://127.0.0.1:$port
mkdir "$TMP/work" && cd "$TMP/work" || exit 1
pushes() { timeout -k 5 60 "$BOLOMETER_FAST" "$@" >out 2>err; }

ok "a capture is pushed" pushes cpu -F 999 --push "$URL/good" -- "$TRUTH/inlined" 1
is "under the program's name" "$(arrived server 'r["query"]["name"]')" \
	"inlined{host=$(uname -n),view=cpu}"
is "without a problem" "$(arrived server 'r["problem"]')" ""
ok "and written, as what was sent" cmp ../server/pushed.pb.gz bolometer-cpu-inlined-*.pb.gz
ok "which is the only file" sh -c '! ls | grep svg'
rm -f bolometer-*

ok "several views of one capture" pushes wall -o wall.svg --push "$URL/good" \
	--push "offcpu:$URL/good" --push "cpu:$URL/good" --push-label host= -- "$TRUTH/wait_paths" 1
views=$(python3 -c 'import json
for line in open("../server/requests"):
    r = json.loads(line)
    print(r["query"]["name"], r["problem"], *r["profile"]["types"],
          *("=".join((k, v["units"], v["display-name"])) for k, v in r["config"].items()))' |
	tail -n 3 | sort)
is "each has its name, types and units" "$views" \
	"wait_paths{view=cpu}  samples/count cpu/nanoseconds samples=samples=cpu_samples cpu=samples=cpu
wait_paths{view=offcpu}  time/nanoseconds waits/count time=lock_nanoseconds=offCPU_time waits=lock_samples=offCPU
wait_paths{view=wall}  time/nanoseconds time=samples=wall"
is "the file of -o is the only one" "$(ls | grep -v '^out$\|^err$')" wall.svg

pushes offcpu -o off.svg --push "$URL/wrong" -- "$TRUTH/wait_paths" 1
is "a push that fails is a failure" $? 1
kept=$(ls bolometer-offcpu-wait_paths-*.pb.gz)
is "the profile is kept as pprof, and said" \
	"$(grep -c "status 422: .*; the profile is in $kept$" err)" 1
ok "and is what was sent" cmp "$kept" ../server/pushed.pb.gz
ok "the graph is there, too" test -s off.svg

pushes offcpu -d 200ms -p $$ --push "$URL/wrong" -o a.pb.gz
is "where there is a pprof file that is the one" "$(grep -c 'the profile is in a.pb.gz$' err)" 1
pushes cpu -d 200ms -p $$ --push "localhost" -o never.svg
is "mistakes are seen before the capture" "$? $(ls never.svg 2>/dev/null)" "2 "

before=$(wc -l <../server/requests)
(umask 077 && echo 'X-Scope-OrgID: team' >auth)
ok "a series is pushed" pushes offcpu -d 2500ms --every 1s -p $$ -o 'series.pb.gz' --push "$URL/good" \
	--push-auth auth --push-name shop
# Cut by the clock: up to two pieces more than whole seconds.
within "each of it" "$(($(wc -l <../server/requests) - before))" 2 4
is "with what was asked for" "$(arrived server 'r["query"]["name"], r["tenant"], r["problem"]')" \
	"shop{host=$(uname -n),view=offcpu} team "
is "and written" "$(ls series-*.pb.gz | wc -l)" "$(($(wc -l <../server/requests) - before))"

# ---- the commands of the page -------------------------------------------------------------------
sudo() { "$@"; }
export -f sudo
cp "$ROOT/tests/golden/foreign/perf_header.txt" perf.txt
(umask 077 && printf 'user: 1\npassword: word\n' >cloud.auth)
ln -s "$BOLOMETER_FAST" bolometer
count=0
while IFS= read -r line; do
	count=$((count + 1))
	before=$(wc -l <../server/requests)
	command=$(sed -E -e "s/-p PID/-p $$/" -e 's/-d 10/-d 300ms/' \
		-e "s#(http://localhost:4040|https://profiles-prod-001.grafana.net)#$URL/good#g" <<<"$line")
	ok "$line" bash -c "$command"
	case $line in *' cpu '*) continue ;; esac # this shell may have none
	is "  sends all" "$(($(wc -l <../server/requests) - before))" \
		"$(grep -o -- '--push \([a-z]*:\)\?http' <<<"$line" | grep -c .)"
done < <(awk '/^```/ { inside = !inside; next } inside && /bolometer (cpu|offcpu|wall|render)/' \
	"$ROOT/docs/PUSHING.md")
is "commands on the page" $count 5
done_testing
