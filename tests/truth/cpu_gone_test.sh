#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Code that can no longer be looked up when the capture ends: processes that are gone, deleted
# files, unloaded libraries, code made at run time.
# shellcheck source=tests/truth/capture.sh
source "$(dirname "$0")/capture.sh"

ok "capturing short-lived children" capture children -- "$TRUTH/children" 8
for function in burn_forked burn_brief burn_reborn burn_deleted; do
	# Starting processes is in main's samples too, so the base is what was burnt.
	near "$function has its share" "$(share children "$function" burn)" \
		"$(own children "$function")" 2
done
is "a child that executed another name has that name" "$(roots children burn_reborn)" \
	reborn-child
is "a deleted program keeps its name" "$(roots children burn_deleted)" deleted-child
is "a forked child has its parent's name" "$(roots children burn_forked)" children

ok "capturing plugins" capture plugins -- "$TRUTH/dlopener" 5
if [ "$(own plugins same_address)" = 0 ]; then
	skip "plugins at one address" "the loader never reused an address"
else
	for function in first_plugin_work second_plugin_work; do
		near "$function has its share" "$(share plugins "$function" main)" \
			"$(own plugins "$function")" 2
	done
fi

ok "capturing code made at run time" capture jit -- "$TRUTH/jit" 2
rm -f "$(own jit map)"
near "hot code has its name and share" "$(share jit 'hot loop app.js:12' main)" \
	"$(own jit hot)" 2
near "cold code has its name and share" "$(share jit 'cold loop app.js:40' main)" \
	"$(own jit cold)" 2
near "its callers are there" "$(share jit jit_caller 'hot loop app.js:12')" 100 1
done_testing
