#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What was captured is not lost when the disk is full at the end.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/capture.sh"

# Mounts of our own, which end with the shell.
if [ "${1:-}" != apart ]; then
	unshare -m true 2>/dev/null || { skip "full disks" "needs a mount namespace"; done_testing; }
	unshare -m "$0" apart
	exit
fi
mkdir "$TMP/disk" "$TMP/full" "$TMP/other"
mount -t tmpfs -o size=16k small "$TMP/disk"
mount -t tmpfs -o size=16k full "$TMP/full"
cat /dev/zero >"$TMP/full/filler" 2>/dev/null
start "$TRUTH/split603010" 60
target=$started
kept() { sed -n 's/.*: No space left on device; it is in //p' "$TMP/err"; }
run() { "$BOLOMETER_FAST" "$@" 2>"$TMP/err"; }

echo old >"$TMP/disk/a.svg"
TMPDIR=$TMP/other run cpu -q -p "$target" -d 300ms -o "$TMP/disk/a.svg"
is "a graph that finds no room fails" "$?" 1
is "in one line" "$(wc -l <"$TMP/err")" 1
file=$(kept)
is "it is in the folder for such files" "${file%-*}" "$TMP/other/a"
is "with its suffix" "${file##*.}" svg
is "for the user only" "$(stat -c %a "$file")" 600
ok "and whole" "$BOLOMETER_FAST" render -q "$file" -o "$TMP/again.folded"
ok "with what was captured" grep -q 'split603010.*;.* [0-9]' "$TMP/again.folded"
is "the file before is as it was, and nothing beside it" "$(cat "$TMP/disk"/* | head -c 100)" old
is "nothing else is left over" "$(find "$TMP/disk" "$TMP/other" -type f | wc -l)" 2

TMPDIR=$TMP/full run cpu -q -p "$target" -d 300ms -o "$TMP/disk/b.svg" -o "$TMP/c.folded"
is "when that is full, too" "$?" 1
ok "it is where temporary files usually are" well_formed_xml "$(kept)"
is "which is" "$(dirname "$(kept)")" /tmp
rm -f "$(kept)"
ok "other files are written as ever" test -s "$TMP/c.folded"

TMPDIR=$TMP/other run cpu -q -p "$target" -d 300ms -o - --format svg >"$TMP/disk/stdout"
is "standard output may be full" "$?" 1
ok "and its text is kept likewise" well_formed_xml "$(kept)"
rm "$TMP/disk/stdout"
TMPDIR=$TMP/other run render "$TMP/c.folded" -q -o "$TMP/disk/d.svg"
is "drawings of files are not kept" "$? $(kept)" "1 "
ok "but said" grep -q 'cannot write .*d.svg: No space left on device$' "$TMP/err"

seconds=$SECONDS
run cpu -q -p "$target" -d 20 -o "$TMP/full/a.svg"
is "a disk that is full already is refused" "$?" 1
ok "before anything is captured" test $((SECONDS - seconds)) -lt 10
ok "and said" grep -q 'cannot write .*: No space left on device$' "$TMP/err"

exec {program}<"$BOLOMETER_FAST" # which may itself be below one of these
for folder in /tmp /var/tmp; do mount -t tmpfs -o ro nothing "$folder"; done
env -u TMPDIR -u HOME "/proc/self/fd/$program" cpu -q -p "$target" -d 300ms -o - >/dev/full 2>/dev/null
is "where there is no other place it fails" "$?" 1
umount /tmp /var/tmp "$TMP/disk" "$TMP/full"
done_testing
