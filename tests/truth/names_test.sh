#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Names of programs that keep them to themselves: stripped ones of C and Go, node, python.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/capture.sh"

cat >"$TMP/shape.c" <<'EOT'
#define SPIN(n) \
	unsigned long x = 1; \
	for (long i = 0; i < n; i++) { x = x * 3 + i; __asm__ volatile("" : "+r"(x)); } \
	return x
__attribute__((noipa)) static unsigned long most(long n) { SPIN(n); }
__attribute__((noipa)) static unsigned long least(long n) { SPIN(n); }
__attribute__((noipa)) static unsigned long both(void) { return most(300000) + least(100000); }
int main(void) { unsigned long sum = 0; for (int i = 0; i < 1500; i++) sum += both(); return sum == 1; }
EOT

# start_of FUNCTION: its address in the program that was not stripped, as frames have it
start_of() { nm "$TMP/whole" | awk -v f="$1" '$3 == f { sub(/^0+/, "", $1); print "[shape]+0x" $1 }'; }

for link in -pie "-no-pie -static"; do
	# shellcheck disable=SC2086
	gcc -O1 $link -o "$TMP/whole" "$TMP/shape.c" && strip -o "$TMP/shape" "$TMP/whole"
	capture shape --user -- "$TMP/shape"
	within "a stripped program ($link): what most does" "$(share shape "$(start_of most)")" 65 85
	within "what least does" "$(share shape "$(start_of least)")" 15 35
	within "both are called by one function" \
		"$(share shape "$(start_of both)" "$(start_of main)")" 98 100
	ok "and count as unknown" grep -qE '^names: (9|100)[0-9.]*% unknown' "$TMP/shape.log"
	ok "with what to do about it" grep -qE '^  (9[0-9]|100)% unknown: most of it in shape: install its debug symbols$' "$TMP/shape.log"
done

if command -v go >/dev/null; then
	cat >"$TMP/m.go" <<'EOT'
package main

type server struct{ n int }

//go:noinline
func (s *server) most(k int) (r int) { for i := 0; i < k; i++ { r += i ^ s.n }; return }

//go:noinline
func work(s *server) (r int) { for i := 0; i < 3000; i++ { r += s.most(300000) }; return }

func main() { println(work(&server{3})) }
EOT
	(cd "$TMP" && GOCACHE=$TMP/cache HOME=$TMP GO111MODULE=off GOFLAGS='' GOTOOLCHAIN=local \
		go build -ldflags='-s -w' m.go)
	capture go --user -- "$TMP/m"
	within "a stripped Go program has names" "$(share go 'main.(*server).most' main.work)" 90 100
	within "down to where it starts" "$(share go main.main)" 90 100
else
	skip "a stripped Go program has names" "no go"
fi

if command -v node >/dev/null; then
	cat >"$TMP/n.js" <<'EOT'
function most(n) { let s = 0; for (let i = 0; i < n; i++) s = (s * 31 + i) | 0; return s; }
function work(n) { let r = 0; for (let i = 0; i < n; i++) r += most(20000); return r; }
console.log(process.pid, work(60000));
EOT
	capture map --user -- node --perf-basic-prof --interpreted-frames-native-stack \
		--no-logfile-per-isolate --logfile="$TMP/v8.log" "$TMP/n.js"
	within "functions of node have their names" "$(share map "work $TMP/n.js:2:14")" 80 100
	# Compiled, the one that calls it has a copy of it.
	within "also while they are interpreted" "$(weight map "most $TMP/n.js:1:14")" 1 10000
	is "and nothing around them" "$(grep -cE ';(JS|LazyCompile|Function|Eval|Script):' "$TMP/map.folded")" 0
	is "which needs no advice" "$(grep -c -- --perf-basic-prof "$TMP/map.log")" 0
	(cd "$TMP" && capture dump --user -- node --perf-prof --interpreted-frames-native-stack "$TMP/n.js")
	within "likewise from its jitdump" "$(share dump "work $TMP/n.js:2:14")" 75 100
	is "with nothing around them" "$(grep -cE ';(JS|LazyCompile|Function|Eval|Script):' "$TMP/dump.folded")" 0
	capture nomap --user -- node "$TMP/n.js"
	is "without a map the report says how to get one" "$(grep -c -- --perf-basic-prof "$TMP/nomap.log")" 1
	rm -f "/tmp/perf-$(awk '{ print $1; exit }' "$TMP/map.out").map"
else
	skip "functions of node have their names" "no node"
fi

cat >"$TMP/p.py" <<'EOT'
def most(n):
    s = 0
    for i in range(n): s = (s * 31 + i) & 0xffff
    return s
def work(n):
    return sum(most(20000) for _ in range(n))
work(300)
EOT
# speaking PYTHON FLAG: with the flag its functions have names, and there is no advice
speaking() {
	capture perf --user -- sh -c 'echo $$; exec "$@"' sh "$@" "$TMP/p.py"
	rm -f "/tmp/perf-$(head -n 1 "$TMP/perf.out").map" "/tmp/jit-$(head -n 1 "$TMP/perf.out").dump"
	within "$2: functions of python have names" "$(share perf "py::most:$TMP/p.py")" 60 100
	within "$2: their callers, too" "$(share perf "py::work:$TMP/p.py" "py::most:$TMP/p.py")" 99 100
	is "$2: which needs no advice" "$(grep -c 'python: ' "$TMP/perf.log")" 0
}
modern=
for python in python3 python3.12 python3.13 python3.14; do
	"$python" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && modern=$python
done
if [ -n "$modern" ]; then
	speaking "$modern" -Xperf
	if "$modern" -c 'import sys; sys.exit(sys.version_info < (3, 13))'; then
		speaking "$modern" -Xperf_jit
	fi
else
	skip "-Xperf: functions of python have names" "no python 3.12 or later"
fi

capture python --user -- "$(python3 -c 'import sys; print(sys.executable)')" -c 'sum(i * i for i in range(20000000))'
is "of python the report says why there are none" "$(grep -c '^.*python: .*-X perf' "$TMP/python.log")" 1
done_testing
