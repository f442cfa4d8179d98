#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Reading and writing files while memory, disks and descriptors give out: every format that is read,
# every one that is written, and comparing. All calls one by one in `make check-faults`.
# shellcheck source=tests/faults/faults.sh
source "$(dirname "$0")/faults.sh"
golden=$ROOT/tests/golden
SYSCALLS=read:EIO,read:EINTR,read:short,open:EMFILE,open:ENFILE,close:EIO,stat:EIO
WRITING=write:ENOSPC,write:EPIPE,write:EINTR,write:short,rename:EIO,fallocate:ENOSPC,thread

reading() { # FILE FAULTS
	file=$(basename "$1")
	folder "read-$file"
	cp "$1" .
	echo old >x.folded
	loop "reading $file" "$2" "$BOLOMETER" render "$file" -o x.folded
}
for file in foreign/{perf_misc,bpftrace,bcc_profile}.txt pprof/{odd.pb,go-mutex.pb.gz} speedscope/{pyspy,own}.json; do
	reading "$golden/$file" memory
done
printf 'main;a 1\nmain;b;c 2\n' >"$TMP/a.folded"
printf 'main;a 5\nmain;b;c 2\n' >"$TMP/b.folded"
"$BOLOMETER" render -q "$TMP/a.folded" -o "$TMP/g.svg" -o "$TMP/g.html"
reading "$TMP/g.svg" memory,$SYSCALLS
reading "$TMP/g.html" memory
reading "$TMP/a.folded" $SYSCALLS

for suffix in svg html folded pb.gz json firefox.json tree top; do
	folder "write-$suffix"
	cp "$TMP/a.folded" .
	echo old >"x.$suffix"
	loop "writing $suffix" memory "$BOLOMETER" render a.folded -o "x.$suffix"
done
folder writing
cp "$TMP/a.folded" .
echo old >x.svg
loop "writing files" "$WRITING" "$BOLOMETER" render a.folded -o x.svg -o x.html
loop "writing to standard output" write:ENOSPC,write:EPIPE,write:EINTR,write:short,memory \
	"$BOLOMETER" render a.folded -o -

folder diff
cp "$TMP/a.folded" "$TMP/b.folded" .
loop "comparing" memory,thread,$SYSCALLS "$BOLOMETER" diff a.folded b.folded -o x.svg
loop "renaming" memory "$BOLOMETER" diff --rename 'b=long' a.folded b.folded -o x.folded
# What a sanitizer maps for itself may not fail.
loop "mapping memory" mmap:ENOMEM "$BOLOMETER_FAST" diff a.folded b.folded -o x.svg
done_testing
