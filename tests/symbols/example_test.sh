#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The symbolizer in another program: examples/addr2line, which needs one header of it.
cd "$(dirname "$0")/../.." || exit 1
source tests/tap.sh
PROGRAM=$ROOT/build/examples/addr2line

# The frames as "FUNCTION FILE:LINE", of ours and of binutils'.
ours() {
	"$PROGRAM" "$TMP/program" "$@" | awk -F '\t' '{ sub(".*/", "", $3); print $2, $3 }'
}
theirs() {
	addr2line -afi -e "$TMP/program" "$@" | grep -v '^0x' | paste - - |
		sed 's/ (discriminator .*//' | awk '{ sub(".*/", "", $2); print $1, $2 }'
}

cat >"$TMP/program.c" <<-'SOURCE'
	static inline int twist(int a) { return (a ^ a << 13) * 40503; }
	static inline int turn(int a, int n)
	{
		for (int i = 0; i < n; i++)
			a = twist(a) + twist(a + i);
		return a;
	}
	int main(int c, char **v)
	{
		return turn(c, c) + twist(*v[0]);
	}
SOURCE
gcc -O2 -g -o "$TMP/program" "$TMP/program.c" || exit 1
start=$(nm "$TMP/program" | awk '$3 == "main" { print $1 }')
addrs=()
for ((i = 0; i < 64; i++)); do
	addrs+=("$(printf '0x%x' $((0x$start + i)))")
done
is "addresses have the frames that addr2line gives them" "$(ours "${addrs[@]}")" \
	"$(theirs "${addrs[@]}")"
ok "some of them are inlined" grep -q '^twist' <<<"$(ours "${addrs[@]}")"
is "an address outside has a reason" "$("$PROGRAM" "$TMP/program" 0xfffff000 | cut -f 2)" \
	"no symbol covers this address"
is "a file that is gone has a reason" "$("$PROGRAM" "$TMP/none" 0x10 | cut -f 2)" \
	"the file could not be read"
"$PROGRAM" >/dev/null 2>&1
is "wrong usage is told" $? 2
is "it includes one header of the symbolizer" \
	"$(grep -c '^#include "' examples/addr2line.c)" 1
done_testing
