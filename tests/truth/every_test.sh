#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Continuous captures: nothing is lost or counted twice between two intervals, what is not kept is
# removed and nothing else, and whatever happens to one interval, the capture goes on.
# shellcheck source=tests/truth/wait.sh
source "$(dirname "$0")/wait.sh"
# shellcheck source=tests/push.sh
source "$ROOT/tests/push.sh"
command -v go >/dev/null || { skip "intervals of waits" "needs go tool pprof"; done_testing; }

# The sum of what tests/truth/every.py says of a word.
sum_of() { sed -n "s/^sum .*\\b$1=\\([0-9]*\\).*/\\1/p" "$TMP/$2.sums"; }
files() { find "$TMP/$1" -maxdepth 1 -type f -name "${2:-*}" -printf '%T@ %p\n' | sort -n | cut -d' ' -f2; }
series() { # COMMAND FOLDER OPTIONS...: its files go to the folder
	local command=$1 folder=$2
	shift 2
	mkdir -p "$TMP/$folder"
	(cd "$TMP/$folder" && timeout -k 5 60 "$BOLOMETER_FAST" "$command" "$@" \
		>"$TMP/$folder.out" 2>"$TMP/$folder.log")
}
intervals() { grep -c '^[0-9:.]* to [0-9:.]*: ' "$TMP/$1.log"; }

# ---- waits ----
ok "capturing waits in intervals" series offcpu waits --user --no-inline --every 100ms \
	--max-overhead 0 -o w.pb.gz -- "$TRUTH/wait_count" 1.6
within "there are several" "$(files waits '*.pb.gz' | wc -l)" 3 22
is "each is told of" "$(intervals waits)" "$(files waits '*.pb.gz' | wc -l)"
for thread in nap ping pong; do
	mapfile -t of <<<"$(files waits '*.pb.gz')"
	name=$(sed 's/^nap$/napper/' <<<"$thread")
	python3 "$(dirname "$0")/every.py" "$name" "${thread}_path" "${of[@]}" >"$TMP/$thread.sums"
	is "all waits of $name are in one interval each" "$(sum_of waits $thread)" \
		"$(own waits "$name.waits")"
done
is "nothing was lost" "$(sum_of lost nap)" 0
is "the summary says as much" "$(sed -n 's/^[0-9]* intervals in .*: \([0-9]*\) waits, 0 lost; 0 not.*/\1/p' \
	"$TMP/waits.log")" "$(sum_of recorded nap)"
# One run of a program that the kernel leaves out is a wait whose end is not seen.
within "all of the threads' time is accounted for (parts in a million missing)" \
	"$(awk -v r="$(sum_of residual nap)" -v l="$(sum_of lifetime nap)" \
		'BEGIN { printf "%.1f", l ? 1000000 * r / l : 1000000 }')" 0 1000
lived=$(($(own waits napper.us) + $(own waits ping.us) + $(own waits pong.us)))
within "and it is the threads' own (the first thread waits for the others)" \
	"$(awk -v l="$(sum_of lifetime nap)" -v own="$lived" 'BEGIN { printf "%.3f", l / own / 1000 }')" \
	1.3 1.6
is "napping is off the CPU for as long as in one capture" "$(awk -v us="$(sum_of us nap)" \
	-v own="$(own waits napper.us)" 'BEGIN { print (us > own * 0.9 && us <= own * 1.001) ? "yes" : us " of " own }')" yes

ok "with the limit of the overhead" series wall limited -F 499 --no-inline --every 200ms \
	-o w.pb.gz -- "$TRUTH/wait_count" 1.5
mapfile -t of <<<"$(files limited '*.pb.gz')"
python3 "$(dirname "$0")/every.py" napper nap_path "${of[@]}" >"$TMP/limited.sums"
within "the books balance as well (parts in a million missing)" \
	"$(awk -v r="$(sum_of residual limited)" -v l="$(sum_of lifetime limited)" \
		'BEGIN { printf "%.1f", l ? 1000000 * r / l : 1000000 }')" 0 2000

# ---- samples ----
ok "sampling in intervals" series cpu samples -F "$FREQUENCY" --no-inline --every 200ms -o s.folded \
	-- "$TRUTH/split603010" 2
mapfile -t of <<<"$(files samples '*.folded')"
within "there are several" "${#of[@]}" 2 12
ok "which can be added up" "$BOLOMETER_FAST" render -q "${of[@]}" -o "$TMP/split.folded"
is "to all that was sampled" "$(weight split)" \
	"$(sed -n 's/^[0-9]* intervals in .*: \([0-9]*\) samples.*/\1/p' "$TMP/samples.log")"
for path in path_a path_b path_c; do
	near "$path has its share" "$(share split $path main)" "$(own samples $path)" 2.5
done
expected=$(awk -v ms="$(own samples cpu_ms)" -v hz="$FREQUENCY" 'BEGIN { print ms * hz / 1000 }')
within "samples are CPU time by the rate: there is no gap ($expected)" "$(weight split main)" \
	"$(awk -v n="$expected" 'BEGIN { print n * 0.9 }')" \
	"$(awk -v n="$expected" 'BEGIN { print n * 1.05 }')"
is "a program's status is passed on" "$(series cpu status --every 200ms -o s.folded -- \
	"$TRUTH/ending" 7; echo $?)" 7
series cpu idle --every 200ms -o s.pb.gz -- sleep 0.7
within "an interval without samples has its file" "$(files idle '*.pb.gz' | wc -l)" 2 5

push_server server
ok "sending each interval" series cpu pushed -F "$FREQUENCY" --every 300ms --no-inline \
	--push "http://127.0.0.1:$port/good" -o s.pb.gz -- "$TRUTH/split603010" 1.2
is "all of them arrive" "$(wc -l <"$TMP/server/requests")" "$(intervals pushed)"
kill "${push_pids[0]}"
is "when nobody is there any more it fails" "$(series cpu unsent --every 300ms --push-timeout 1s \
	--push "http://127.0.0.1:$port/good" -o s.pb.gz -- "$TRUTH/split603010" 0.5; echo $?)" 1
is "but the files are there" "$(files unsent '*.pb.gz' | wc -l)" "$(intervals unsent)"

# ---- what is kept ----
mkdir "$TMP/kept"
ours=(s-20200102-030405.folded s-20200102-030405-2.folded)
theirs=(s-20201302-030405.folded s-20200102-030405.folded.bak s-2020.folded s-20200102-030405-1.folded
	xs-20200102-030405.folded s-20200102-030405.svg s-20200102-0304050.folded)
for name in "${ours[@]}" "${theirs[@]}"; do
	: >"$TMP/kept/$name"
	touch -d '2 hours ago' "$TMP/kept/$name"
done
: >"$TMP/elsewhere"
ln -s "$TMP/elsewhere" "$TMP/kept/s-20200102-030406.folded"
mkdir "$TMP/kept/s-20200102-030407.folded"
: >"$TMP/kept/s-20200102-030408.folded"
touch -d '2 hours ago' "$TMP/kept/s-20200102-030408.folded"
chown 65534 "$TMP/kept/s-20200102-030408.folded"
theirs+=(s-20200102-030406.folded s-20200102-030407.folded s-20200102-030408.folded)
ok "keeping for a time" series cpu kept -d 300ms --every 200ms --keep-for 3h -o s.folded
is "keeps what is younger" "$(ls "$TMP/kept/${ours[0]}" "$TMP/kept/${ours[1]}" 2>/dev/null | wc -l)" 2
ok "keeping two of them" series cpu kept -d 1.5 --every 200ms --keep 2 --keep-for 3h -o s.folded
is "leaves the newest two" "$(files kept 's-2*.folded' | grep -vFf <(printf '%s\n' "${theirs[@]}") | wc -l)" 2
is "and not those of before" "$(ls "$TMP/kept/${ours[0]}" "$TMP/kept/${ours[1]}" 2>/dev/null | wc -l)" 0
is "and all that is not of the series" \
	"$(cd "$TMP/kept" && ls -d "${theirs[@]}" "$TMP/elsewhere" 2>/dev/null | wc -l)" \
	"$((${#theirs[@]} + 1))"
: >"$TMP/kept/${ours[0]}"
touch -d '2 hours ago' "$TMP/kept/${ours[0]}"
series cpu kept -d 300ms --every 200ms --keep-for 1h -o s.folded
is "what is older than to be kept goes" "$(ls "$TMP/kept/${ours[0]}" 2>/dev/null)" ""
echo mine >"$TMP/kept/day-$(date +%Y).folded"
ok "a name that is taken" series cpu kept -d 300ms --every 10s -o 'day-%Y.folded'
is "is not taken from its file" "$(cat "$TMP/kept/day-$(date +%Y).folded")" mine
ok "but gets a number" test -e "$TMP/kept/day-$(date +%Y)-2.folded"

# ---- the end, and what goes wrong ----
for signal in INT TERM; do
	mkdir "$TMP/$signal"
	(cd "$TMP/$signal" && exec env --default-signal=INT "$BOLOMETER_FAST" cpu --every 400ms -o s.svg \
		2>"$TMP/$signal.log") &
	capturing=$!
	children+=("$capturing")
	sleep 1.3
	kill "-$signal" "$capturing"
	wait "$capturing"
	is "SIG$signal ends it well" "$?" 0
	last=$(files "$signal" '*.svg' | tail -n 1)
	ok "with a last graph" well_formed_xml "$last"
	is "of all intervals" "$(files "$signal" '*.svg' | wc -l)" "$(intervals "$signal")"
done

mkdir "$TMP/gone"
soon() { # until the command succeeds
	for _ in {1..100}; do
		"$@" >/dev/null 2>&1 && return
		sleep 0.1
	done
}
env --default-signal=INT "$BOLOMETER_FAST" cpu --every 300ms -o "$TMP/gone/s.folded" 2>"$TMP/gone.log" &
capturing=$!
children+=("$capturing")
soon grep -q 'lost; .*s-' "$TMP/gone.log"
mv "$TMP/gone" "$TMP/moved"
soon grep -q 'cannot write' "$TMP/gone.log"
mv "$TMP/moved" "$TMP/gone"
before=$(files gone | wc -l)
more_files() { [ "$(files gone | wc -l)" -gt "$before" ]; }
soon more_files
kill -INT "$capturing"
wait "$capturing"
is "an interval that cannot be written is a failure" "$?" 1
ok "that is said" grep -q 'cannot write .*No such file' "$TMP/gone.log"
within "and others are written before and after" "$(files gone '*.folded' | wc -l)" 2 90
is "all of them whole" "$(files gone '*' | wc -l)" "$(files gone 's-*.folded' | wc -l)"

wrong() { # WORDS OPTIONS...
	"$BOLOMETER_FAST" cpu "${@:2}" >"$TMP/wrong.log" 2>&1
	is "exit status of $1" "$?" 2
	ok "it says: $1" grep -qF -- "$1" "$TMP/wrong.log"
}
wrong "standard output can have one profile only" --every 1s -o -
wrong "are for the files of --every" --keep 3 -o "$TMP/x.svg"
wrong "of the time a name may have" --every 1s -o "$TMP/%A.svg"
wrong "not its folder" --every 1s -o "$TMP/%Y/x.svg"
wrong "give at least 50ms" --every 1ms -o "$TMP/x.svg"

# ---- for days ----
mkdir "$TMP/bin" "$TMP/long"
(while :; do
	cp /bin/true "$TMP/bin/new" && mv "$TMP/bin/new" "$TMP/bin/one$((RANDOM % 20))" &&
		"$TMP/bin/one"[0-9]*
done) >/dev/null 2>&1 &
churning=$!
children+=("$churning")
(cd "$TMP/long" && exec "$BOLOMETER_FAST" wall -p "$churning" --every 200ms -d 6 --keep 3 -o s.folded) 2>"$TMP/long.log" &
capturing=$!
children+=("$capturing")
used() { awk '/^RssAnon/ { print $2 }' "/proc/$capturing/status"; }
descriptors() { find "/proc/$capturing/fd" -lname "$TMP/bin/*" | wc -l; }
sleep 4
rss=$(used) open=$(descriptors)
sleep 1.7
within "memory does not grow (from $rss kB)" "$(used)" 1000 "$((rss + rss / 4 + 4000))"
within "nor do open files (from $open)" "$(descriptors)" 0 "$((open * 2 + 60))"
wait "$capturing"
is "it ends well" "$?" 0
end_children
done_testing
