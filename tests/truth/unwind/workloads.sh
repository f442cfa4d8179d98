# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Programs of the distribution, each busy with what it is made for: source it after capture.sh.
#   work NAME    starts it; its process numbers are in $target then, with commas. Returns 1 where
#                it is not installed, with what is missing in $missing
#   rest         ends all that was started
# Every server is a private one: its data lie in $TMP, it listens on a socket there or on
# loopback. Nothing is read from or written to the machine's own configuration.

# shellcheck disable=SC2034 # for those who source this
WORKLOADS="python python_modules xz openssl sqlite redis nginx postgres perl cc1plus node java"

work() {
	missing=
	target=
	mkdir -p "$TMP/work"
	"work_$1" || return 1
	target=${target:-$started}
}

# Clients first: a server may wait for them.
rest() {
	local i
	for ((i = ${#children[@]} - 1; i >= 0; i--)); do
		kill "${children[$i]}" 2>/dev/null
		wait "${children[$i]}" 2>/dev/null
	done
	children=()
}

need() {
	local program
	for program in "$@"; do
		command -v "$program" >/dev/null 2>&1 && continue
		missing=$program
		return 1
	done
}

# wait_until COMMAND...: up to ten seconds.
wait_until() {
	local i
	for ((i = 0; i < 100; i++)); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.1
	done
	missing="$1 (it did not start)"
	return 1
}

# family_of PID: it and its children, with commas.
family_of() { echo "$1 $(cat "/proc/$1/task/$1/children")" | xargs | tr ' ' ,; }

# The distribution's, whatever else is in the way.
python() { if [ -x /usr/bin/python3 ]; then echo /usr/bin/python3; else command -v python3; fi; }

work_python() {
	need python3 || return
	start "$(python)" -c '
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
class Point:
    def __init__(self, x): self.x = x
    def __add__(self, other): return Point(self.x + other.x)
while True:
    fib(18)
    sum((Point(i) for i in range(1000)), Point(0))
    sorted(range(2000), key=lambda i: -i * 7 % 31)'
}

work_python_modules() {
	need python3 || return
	start "$(python)" -c '
import hashlib, json, re, zlib
data = [{"name": "n%d" % i, "list": list(range(20)), "real": i / 7} for i in range(300)]
word = re.compile(r"\"(n\d+)\".*?(\d+)\]")
while True:
    text = json.dumps(data, indent=1)
    json.loads(text)
    word.findall(text)
    hashlib.sha256(zlib.compress(text.encode())).hexdigest()'
}

work_xz() {
	need xz seq || return
	start bash -c 'exec xz -9 < <(seq 1 1000000000)'
}

work_openssl() {
	need openssl || return
	start openssl speed -seconds 1 -bytes 8192 sha256 aes-256-cbc rsa2048 ecdsap256 sha512 ghash \
		ecdhx25519 rsa4096 md5 ecdsap384
}

work_sqlite() {
	need sqlite3 || return
	start sqlite3 :memory: "WITH RECURSIVE c(x) AS
		(SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 1000000000)
		SELECT sum(x * x % 7), max(printf('%d', x)), count(DISTINCT x % 1000) FROM c;"
}

work_redis() {
	local server socket=$TMP/work/redis.sock
	need redis-server redis-benchmark redis-cli || return
	rm -f "$socket"
	start redis-server --port 0 --unixsocket "$socket" --save '' --dir "$TMP/work"
	server=$started
	wait_until redis-cli -s "$socket" ping || return
	start redis-benchmark -s "$socket" -n 100000000 -c 20 -t set,get,lpush,sadd,hset,zadd,lrange_100
	start redis-benchmark -s "$socket" -n 100000000 -c 20 -t zadd,lrange_300,mset
	target=$server
}

work_nginx() {
	local port=$((20000 + $$ % 10000)) server folder=$TMP/work/nginx
	need nginx ab || return
	mkdir -p "$folder"
	seq 1 4000 >"$folder/page.html"
	cat >"$folder/nginx.conf" <<-EOT
		daemon off;
		master_process off;
		pid $folder/pid;
		error_log $folder/error.log;
		events { worker_connections 64; }
		http {
			access_log off;
			types { text/html html; }
			gzip on;
			client_body_temp_path $folder/body;
			proxy_temp_path $folder/proxy;
			fastcgi_temp_path $folder/fastcgi;
			uwsgi_temp_path $folder/uwsgi;
			scgi_temp_path $folder/scgi;
			server { listen 127.0.0.1:$port; root $folder; }
		}
	EOT
	start nginx -p "$folder" -c "$folder/nginx.conf"
	server=$started
	wait_until test -s "$folder/pid" || return
	start ab -k -q -n 100000000 -c 4 -H 'Accept-Encoding: gzip' "http://127.0.0.1:$port/page.html"
	target=$server
}

postgres_bin() { find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1; }

# As the user of that name, for it refuses root.
work_postgres() {
	local bin folder=$TMP/work/postgres server as=()
	bin=$(postgres_bin)
	need setpriv "${bin:-/usr/lib/postgresql}/postgres" "$bin/pgbench" || return
	id postgres >/dev/null 2>&1 || { missing="a user postgres"; return 1; }
	as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
	chmod 711 "$TMP" "$TMP/work"
	if [ ! -d "$folder" ]; then
		install -d -o postgres -g postgres "$folder"
		"${as[@]}" "$bin/initdb" -D "$folder/data" -A trust -N >"$TMP/work/initdb.log" 2>&1 || {
			missing="a working initdb"
			return 1
		}
	fi
	start "${as[@]}" "$bin/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off \
		-c client_connection_check_interval=200
	server=$started
	wait_until "${as[@]}" "$bin/psql" -h "$folder" postgres -c 'select 1' || return
	"${as[@]}" "$bin/pgbench" -h "$folder" -i -q -s 1 postgres >/dev/null 2>&1
	start "${as[@]}" "$bin/pgbench" -h "$folder" -n -c 2 -j 2 -T 600 postgres
	start "${as[@]}" "$bin/psql" -h "$folder" postgres -c "SELECT count(*) FROM
		generate_series(1, 100000000) a WHERE md5(a::text) LIKE '%abc%'"
	sleep 0.5
	target=$(family_of "$server")
}

work_perl() {
	need perl || return
	# shellcheck disable=SC2016 # perl's own variables
	start perl -e '
		sub walk { my $n = shift; return $n < 2 ? $n : walk($n - 1) + walk($n - 2) }
		while (1) {
			walk(15);
			my %h = map { $_ => $_ * 3 } 1 .. 2000;
			my $text = join ",", sort { $h{$a} <=> $h{$b} } keys %h;
			1 while $text =~ s/(\d+),(\d+)/$2-$1/;
		}'
}

# The compiler proper, on what the preprocessor made of a header-heavy file.
work_cc1plus() {
	local compiler folder=$TMP/work
	need g++ || return
	compiler=$(g++ -print-prog-name=cc1plus)
	need "$compiler" || return
	[ -s "$folder/heavy.ii" ] || g++ -std=c++17 -E -x c++ -o "$folder/heavy.ii" - <<-'EOT'
		#include <algorithm>
		#include <functional>
		#include <map>
		#include <regex>
		#include <string>
		#include <variant>
		#include <vector>
		template <int N> struct item {
			std::map<std::string, std::vector<std::variant<int, double, std::string>>> map;
			int run(const std::string &text) {
				static const std::regex pattern("a+(b|c)*[0-9]{2,3}");
				std::vector<std::string> words(N + 3, text);
				std::sort(words.begin(), words.end(),
					  [](auto &a, auto &b) { return a.size() * N > b.size(); });
				for (auto &word : words)
					if (std::regex_search(word, pattern))
						map[word].emplace_back(N);
				std::function<int(int)> f = [&](int x) { return x ? f(x - 1) + N : 0; };
				return f(N) + item<N - 1>().run(text);
			}
		};
		template <> struct item<0> { int run(const std::string &) { return 0; } };
		int main(int argc, char **argv) { return item<150>().run(argv[0]); }
	EOT
	start "$compiler" -quiet -std=c++17 -O2 -ftemplate-depth=1000 -o /dev/null "$folder/heavy.ii"
	sleep 0.5
}

work_node() {
	need node || return
	# shellcheck disable=SC2016 # JavaScript's
	start node -e '
		function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
		const words = Array.from({length: 2000}, (_, i) => "word" + (i * 7919) % 2000);
		for (;;) {
			fib(20);
			const count = new Map();
			for (const word of words) count.set(word, (count.get(word) || 0) + 1);
			words.map((word) => word.replace(/(\d)/g, "<$1>")).sort();
			JSON.parse(JSON.stringify([...count]));
		}'
	sleep 0.5
}

work_java() {
	local folder=$TMP/work
	need java javac || return
	if [ ! -e "$folder/Burn.class" ]; then
		cat >"$folder/Burn.java" <<-'EOT'
			import java.util.*;
			public class Burn {
				static int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
				static long sort(int n) {
					List<Integer> list = new ArrayList<>();
					for (int i = 0; i < n; i++) list.add(i * 7919 % n);
					Collections.sort(list, (a, b) -> b - a);
					return list.get(0);
				}
				public static void main(String[] args) {
					for (long x = 0;;) x += fib(22) + sort(2000);
				}
			}
		EOT
		javac -d "$folder" "$folder/Burn.java" || { missing="a working javac"; return 1; }
	fi
	start java -XX:+PreserveFramePointer -XX:-UsePerfData -Xmx128m -cp "$folder" Burn
	sleep 2
}
