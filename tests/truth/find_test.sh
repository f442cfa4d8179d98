#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Where debug files of a stripped program are found: below the root of a container, in the host's own
# folders, below --symfs, and on servers, which are asked only when they may be.
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
int main(void) { unsigned long sum = 0; for (int i = 0; i < 400; i++) sum += both(); return sum == 1; }
EOT
id=$(od -An -N20 -tx1 /dev/urandom | tr -d ' \n')
file=.build-id/${id:0:2}/${id:2}.debug
gcc -O1 -g -static -Wl,--build-id="0x$id" -o "$TMP/whole" "$TMP/shape.c" &&
	objcopy --only-keep-debug "$TMP/whole" "$TMP/shape.debug"
mkdir -p "$TMP/root/opt"
strip -o "$TMP/root/opt/shape" "$TMP/whole"
cp "$TMP/root/opt/shape" "$TMP/shape"

# place FOLDER: the debug file, in a folder as distributions have it, and nowhere else
placed=
place() {
	[ -z "$placed" ] || rm -f "$placed/$file"
	placed=$1
	mkdir -p "${placed}/.build-id/${id:0:2}"
	cp "$TMP/shape.debug" "$placed/$file"
}
remove() {
	rm -f "$placed/$file"
	rmdir "$placed/.build-id/${id:0:2}" 2>/dev/null
	placed=
}
trap 'remove; end_children; rm -rf "$TMP"' EXIT
unset DEBUGINFOD_URLS

named() { # NAME DESCRIPTION
	within "$2" "$(share "$1" most both main)" 60 90
	is "and nothing is said about it" "$(grep -c 'is not used\|is not fetched' "$TMP/$1.log")" 0
}

place "$TMP/root/usr/lib/debug"
capture container --user -- chroot "$TMP/root" /opt/shape
named container "a debug file below the root of a container"
capture host --user -- "$TMP/shape"
is "is not that of a program outside" "$(weight host most)" 0
place /usr/lib/debug
capture host --user -- "$TMP/shape"
named host "a debug file in the host's folder"
capture container --user -- chroot "$TMP/root" /opt/shape
named container "is that of a program in a container, too"
place "$TMP/sym/usr/lib/debug"
capture symfs --user --symfs "$TMP/sym" -- "$TMP/shape"
named symfs "a debug file below --symfs"
remove
mkdir -p "$TMP/sym/opt"
cp "$TMP/whole" "$TMP/sym/opt/shape"
capture symfs --user --symfs "$TMP/sym" -- chroot "$TMP/root" /opt/shape
named symfs "the program as it was before, below --symfs"
gcc -O2 -g -static -Wl,--build-id=0x1234 -o "$TMP/sym/opt/shape" "$TMP/shape.c"
capture symfs --user --symfs "$TMP/sym" -- chroot "$TMP/root" /opt/shape
is "another build of it is not used" "$(weight symfs most)" 0
ok "and the report says so" grep -q 'note: debug file /opt/shape .* is not used: its build id' "$TMP/symfs.log"

mkdir "$TMP/server"
cp "$TMP/shape.debug" "$TMP/server/$id.debug"
python3 "$ROOT/tests/unit/debug_server.py" "$TMP/server" >"$TMP/port" 2>/dev/null &
children+=($!)
for _ in {1..100}; do [ -s "$TMP/port" ] && break; sleep 0.1; done
requests() { grep -c "$id" "$TMP/server/requests" 2>/dev/null; }
export DEBUGINFOD_CACHE_PATH=$TMP/cache DEBUGINFOD_TIMEOUT=3
export DEBUGINFOD_URLS=http://127.0.0.1:$(cat "$TMP/port")/good
capture off --user --no-debuginfod -- "$TMP/shape"
is "with --no-debuginfod no server is asked" "$(weight off most)-$(requests)" "0-"
capture fetched --user -- "$TMP/shape"
named fetched "a debug file from a server"
is "which was asked once" "$(requests)" 1
DEBUGINFOD_URLS=${DEBUGINFOD_URLS%good}hang DEBUGINFOD_CACHE_PATH=$TMP/other \
	capture hang --user -- "$TMP/shape"
is "a server that hangs costs the names" "$(weight hang most)" 0
ok "but not the rest" test "$(weight hang)" -gt 100
is "and the report says it once" "$(grep -c 'note: .* is not fetched, nor any other' "$TMP/hang.log")" 1
done_testing
