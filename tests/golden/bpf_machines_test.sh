#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The BPF programs compile without a warning for either machine, whichever this one is, by the oldest
# and the newest clang that are supported; and what they ask of the kernel's types is that machine's.
# shellcheck source=tests/tap.sh
source "$(dirname "$0")/../tap.sh"
cd "$ROOT" || exit 1
PATH=$PATH:/usr/sbin:/sbin

compile() { # CLANG MACHINE SOURCE OBJECT: as the Makefile does
	"$1" -target bpf "-D__TARGET_ARCH_$2" -I. -O2 -g -mcpu=v3 -Wall -Wextra -Wno-unused-parameter \
		-Werror -c -o "$4" "$3"
}

# Whether the object's relocations against the kernel's types name a field. libbpf's own reader of the
# object has to take it first.
names() { # OBJECT FIELD
	bpftool gen skeleton "$1" name object >/dev/null && bpftool btf dump file "$1" | grep -q "'$2'"
}

declare -A field=([x86]=fsbase [arm64]=tp_value)
for clang in clang-14 clang-19; do
	if ! command -v "$clang" >/dev/null; then
		skip "programs by $clang" "$clang is not installed"
		continue
	fi
	for machine in x86 arm64; do
		for source in bpf/*.bpf.c; do
			object=$TMP/${source##*/}.$clang.$machine.o
			ok "$source by $clang for $machine" compile "$clang" "$machine" "$source" "$object"
		done
		ok "it is $machine's, by $clang" names "$TMP/capture.bpf.c.$clang.$machine.o" "${field[$machine]}"
	done
done
done_testing
