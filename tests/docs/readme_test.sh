#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every command of the README does what it says: each line of its code blocks that runs bolometer
# is run here, shorter, on the example service, and has to succeed and leave the files it names.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/../truth/capture.sh"
# shellcheck source=tests/push.sh
source "$ROOT/tests/push.sh"

cgroup=
push_server server
server=http://127.0.0.1:$port/good
leave() {
	end_children
	kill "${push_pids[@]}"
	[ -z "$cgroup" ] || rmdir "$cgroup" 2>/dev/null
	rm -rf "$TMP"
}
trap leave EXIT

"$ROOT/build/examples/hotservice" >"$TMP/service.log" 2>&1 &
service=$!
children+=("$service")
listening "$TMP/service.log"
start "$ROOT/build/examples/loadgen" --port "$port" --duration 30
# What the commands expect to find.
ln -s "$BOLOMETER_FAST" "$TMP/bolometer"
echo 'int main(void) { return 0; }' >"$TMP/big.c"
echo 'main;a 1' >"$TMP/a.folded"
echo 'main;b 2' >"$TMP/b.folded"
for side in old new; do
	for i in 1 2; do
		printf 'main;parse 500\nmain;run 50%d\n' "$i" >"$TMP/$side-$i.folded"
	done
done
sudo() { "$@"; }
pgrep() { echo "$service"; }
perf() { cat "$ROOT/tests/golden/foreign/perf_header.txt"; }
export service ROOT
export -f sudo pgrep perf

mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
if [ -n "$mount" ] && mkdir "$mount/bolometer-readme" 2>/dev/null; then
	cgroup=$mount/bolometer-readme
fi

commands() {
	awk '/^```/ { inside = !inside; next } inside && /bolometer (cpu|offcpu|runq|wakeup|offwake|wall|render|diff|doctor)/' \
		"$ROOT/README.md"
}
shorter() {
	sed -E -e "s/-p PID/-p $service/" -e 's/-d [0-9]+/-d 300ms/' -e 's/--every 1m/& -d 300ms/' -e 's/ +#.*//' \
		-e "s|--cgroup [^ ]+|--cgroup bolometer-readme|" \
		-e "s/-C 0-1/-C 0/" -e "s|http://localhost:4040|$server|"
}

count=0
while IFS= read -r line; do
	count=$((count + 1))
	if [[ $line == *--cgroup* && -z $cgroup ]]; then
		skip "$line" "no cgroup can be made here"
		continue
	fi
	# What a command before has left may be read, and is no proof of what this one writes.
	files=$(grep -oE '(-o) ([a-z]+:)?[a-z]+\.(svg|html|folded|pb\.gz|firefox\.json|json|tree|top)' <<<"$line" | awk '{ print $2 }' | sed 's/^[a-z]*://')
	(cd "$TMP" && rm -f $files)
	output=$(cd "$TMP" && bash -c "set -o pipefail; $(shorter <<<"$line")" 2>&1)
	status=$?
	if [ "$status" -eq 0 ]; then pass "$line"; else fail "$line" "exit status $status" "$output"; fi
	for file in $files; do
		ok "  leaves $file" test -s "$TMP/$file"
	done
done < <(commands)
within "commands found in the README" "$count" 6 25
done_testing
