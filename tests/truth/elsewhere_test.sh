#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Programs whose files are not where the profiler would look: below another root, in an overlay, in
# namespaces that are gone with them, replaced. What is named right, of all their time, is 99 % or
# more; files that only have the right names are never used.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/capture.sh"
decoys=()
trap 'end_children; umount "$TMP/merged" 2>/dev/null; rm -rf "$TMP" "${decoys[@]}"' EXIT

decoy() { # NUMBER...: perf maps of the host that name everything wrong
	local number
	for number in "$@"; do
		[ -e "/tmp/perf-$number.map" ] && continue
		printf '0 7fffffffffff decoy\n' >"/tmp/perf-$number.map"
		decoys+=("/tmp/perf-$number.map")
	done
}

named() { # NAME WHAT FUNCTION...: of what main called, what has one of the functions, in percent
	local name=$1 what=$2 right=0 function
	shift 2
	for function in "$@"; do
		right=$((right + $(weight "$name" main "$function")))
	done
	within "$what" "$(awk -v r="$right" -v a="$(weight "$name" main)" \
		'BEGIN { printf "%.2f\n", a ? 100 * r / a : 0 }')" 99 100
}

jit_names=('hot loop app.js:12' 'cold loop app.js:40')
has_jit_names() { # NAME WHAT
	# What the program does to start and to look at its clock is not in the code that it makes.
	within "$2: code made at run time has its names" \
		"$(awk -v r="$(($(weight "$1" "${jit_names[0]}") + $(weight "$1" "${jit_names[1]}")))" \
			-v n="$(($(weight "$1" '[jit]') + $(weight "$1" '[unknown]') + $(weight "$1" decoy)))" \
			'BEGIN { printf "%.2f\n", r ? 100 * r / (r + n) : 0 }')" 99 100
	near "$2: and shares" "$(share "$1" "${jit_names[0]}" jit_caller)" "$(own "$1" hot)" 4
	is "$2: the decoy is not used" "$(weight "$1" decoy)" 0
}

# The process, its numbers and its /tmp are all gone when the capture ends.
if unshare -m -p -f true 2>/dev/null; then
	decoy 1 2 3 4
	ok "private: capturing" capture private --user -- unshare -m -p -f --propagation private --mount-proc \
		sh -c "mkdir -p /mnt && mount --bind '$TRUTH' /mnt && mount -t tmpfs none /tmp && /mnt/jit 1; true"
	has_jit_names private private
else
	skip "programs with a /tmp of their own" "no namespace can be made here"
fi

mkdir -p "$TMP/root/tmp"
for program in jit split603010; do
	gcc -std=gnu11 -D_GNU_SOURCE -O1 -fno-omit-frame-pointer -fno-optimize-sibling-calls -fno-inline \
		-static -o "$TMP/root/$program" "$ROOT/tests/truth/$program.c" -lm
done
chroot "$TMP/root" /jit 60 >"$TMP/jailed.own" 2>&1 &
children+=("$!")
jailed=$!
decoy "$jailed"
sleep 0.3
ok "chroot: capturing" capture jailed --user -p "$jailed" -d 1
end_children
echo "hot 70" >"$TMP/jailed.out"
has_jit_names jailed chroot
ok "chroot: capturing a program that ends" capture left --user -- chroot "$TMP/root" /split603010 1
named left "chroot: its functions have their names" path_a path_b path_c

mkdir -p "$TMP/lower" "$TMP/upper" "$TMP/work" "$TMP/merged"
# An overlay does not go onto another one: the layers are in memory.
if mount -t tmpfs none "$TMP/lower" && cp "$TRUTH/split603010" "$TMP/lower/lower" &&
	mount -t tmpfs none "$TMP/work" && mkdir "$TMP/work/upper" "$TMP/work/work" &&
	mount -t overlay overlay -o \
		"lowerdir=$TMP/lower,upperdir=$TMP/work/upper,workdir=$TMP/work/work" "$TMP/merged"; then
	cp "$TRUTH/split603010" "$TMP/merged/upper"
	for layer in lower upper; do
		"$TMP/merged/$layer" 60 >/dev/null &
		children+=("$!")
		started=$!
		capture "running-$layer" --user -p "$started" -d 0.5
		named "running-$layer" "overlay: a program of the $layer layer has its names" path_a path_b path_c
		end_children
		capture "started-$layer" --user -- "$TMP/merged/$layer" 0.5
		named "started-$layer" "overlay: one that ends has them, too" path_a path_b path_c
	done
	umount "$TMP/merged" "$TMP/lower" "$TMP/work"
else
	umount "$TMP/lower" "$TMP/work" 2>/dev/null
	skip "programs in an overlay" "none can be mounted here"
fi

# The file has become another program, by the same name, before the capture begins.
cp "$TRUTH/split603010" "$TMP/service"
start "$TMP/service" 60
cp "$TRUTH/deepstack" "$TMP/new" && mv "$TMP/new" "$TMP/service"
capture replaced --user -p "$started" -d 0.5
named replaced "replaced: a program has the names that it was started with" path_a path_b path_c
is "replaced: and none of the other one" "$(weight replaced descend)" 0
done_testing
