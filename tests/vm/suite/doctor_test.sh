#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What doctor finds, against what the kernel is known to have (tests/vm/features). A kernel that is too
# old is refused in one line, with the reason, by doctor and by every capture.
# shellcheck source=tests/tap.sh
source "$(dirname "$0")/../../tap.sh"
OLDEST=5.15
version=$(uname -r | grep -oE '^[0-9]+\.[0-9]+')
[ "$(uname -m)" = aarch64 ] && column=3 || column=2

not_older() { # VERSION: the running kernel
	[ "$(printf '%s\n' "$1" "$version" | sort -V | head -n 1)" = "$1" ]
}
there() { # SINCE
	if [ "$1" != - ] && not_older "$1"; then echo ok; else echo no; fi
}

"$BOLOMETER_FAST" doctor >"$TMP/doctor" 2>"$TMP/doctor.log"
status=$?
while IFS= read -r line; do
	name=$(cut -f1 <<<"$line")
	# "BPF" comes before "BPF JIT".
	found=$(sed -nE "s/^  (ok|MISSING|without|unknown) +$name .*/\1/p" "$TMP/doctor" | head -n 1)
	is "doctor on $name" "$(sed 's/MISSING\|without/no/' <<<"$found")" "$(there "$(cut -f$column <<<"$line")")"
done < <(grep -v '^#' "$ROOT/tests/vm/features")
is "doctor knows no feature that the table does not" \
	"$(sed '/^Captures:/,$d' "$TMP/doctor" | grep -cE '^  (ok|MISSING|without|unknown) ')" \
	"$(grep -cv '^#' "$ROOT/tests/vm/features")"

if not_older $OLDEST; then
	is "every capture works, says doctor" "$status" 0
else
	is "no capture works, says doctor" "$status" 1
	for command in cpu offcpu runq wakeup offwake wall; do
		"$BOLOMETER_FAST" $command -d 1s -o "$TMP/$command.folded" >"$TMP/out" 2>&1
		is "$command is refused" "$?" 1
		is "in one line" "$(wc -l <"$TMP/out")" 1
		ok "with the reason" grep -q "Linux $version is older than $OLDEST" "$TMP/out"
		ok "and without a file" test ! -e "$TMP/$command.folded"
	done
fi
sed 's/^/# /' "$TMP/doctor"
done_testing
