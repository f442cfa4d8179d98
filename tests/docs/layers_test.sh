#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Includes follow the arrows between the folders and no others, and everything but main.o is in an
# archive. A folder that is new has to be given its place here.
. "$(dirname "$0")/../tap.sh"
cd "$ROOT" || exit 1

# may_include FOLDER: a pattern of what its files may include by name, as the compiler sees it.
may_include() {
	case $1 in
	bpf) echo 'bpf/[^/]*' ;;
	profiler) echo '(profiler|render|symbolizer)/.*' ;;
	profiler/model) echo 'profiler/model/[^/]*' ;;
	profiler/workers | profiler/file | profiler/proc | profiler/diff) echo "($1|profiler/model)/[^/]*" ;;
	profiler/upload | symbolizer) echo "($1|profiler/workers|profiler/model)/[^/]*" ;;
	profiler/unwind/table) echo "($1|profiler/workers|profiler/model)/[^/]*|bpf/shared[a-z_]*\.h" ;;
	profiler/unwind/loader | profiler/unwind/remote)
		echo "($1|profiler/unwind/table|profiler/proc|profiler/workers|profiler/model)/[^/]*|bpf/(shared[a-z_]*\.h|[^/]*\.def)" ;;
	profiler/capture)
		echo 'profiler/(capture|proc|unwind/[a-z]*|workers|model)/[^/]*|bpf/(shared[a-z_]*\.h|[^/]*\.def|[^/]*\.skel\.h)' ;;
	render) echo '(render|profiler/model)/[^/]*' ;;
	*) return 1 ;;
	esac
}

# The "includes" of a folder's files that are not among what it may include, with file and line.
strays() {
	grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$1"/*.[ch] /dev/null |
		grep -vE "include[[:space:]]*\"($2)\""
}

for folder in $(find bpf profiler render symbolizer -name '*.[ch]' -printf '%h\n' | sort -u); do
	if allowed=$(may_include "$folder"); then
		is "$folder includes only what it may" "$(strays "$folder" "$allowed")" ""
	else
		fail "$folder has a place among the folders"
	fi
done

# The check itself: an include against the arrows is found, one along them is not.
mkdir -p "$TMP/model"
printf '#include "profiler/model/tree.h"\n#include <stdio.h>\n' >"$TMP/model/good.c"
is "an include along the arrows passes" "$(strays "$TMP/model" "$(may_include profiler/model)")" ""
printf ' #  include "render/render.h"\n' >"$TMP/model/bad.c"
is "one against them is found" \
	"$(strays "$TMP/model" "$(may_include profiler/model)" | grep -c 'bad.c:1:')" 1

# Paths are written from the top, so that the check sees where they lead.
is "includes are written from the top" \
	"$(grep -rnE --include='*.[ch]' '^#include "' bpf profiler render symbolizer |
		grep -vE '"(bpf|profiler|render|symbolizer)/[^."]')" ""

# Tests link the archives: what is not in one is not tested.
objects=$(make -s -n -W profiler/main.c build/bolometer 2>/dev/null |
	sed -n 's/.* -o build\/bolometer \(.*\) -l[a-z]*.*/\1/p' | tr ' ' '\n' | grep '\.o$')
is "main.o is the only object outside of an archive" "$objects" "build/obj/profiler/main.o"
archived=$(for archive in build/obj/*.a; do ar t "$archive"; done | sort)
sources=$(find profiler render symbolizer -name '*.c' ! -path profiler/main.c -printf '%f\n' |
	sed 's/\.c$/.o/' | sort)
sources=$(printf '%s\n' "$sources" pprof.pb-c.o | sort) # generated from pprof.proto
is "every other source is in one" "$archived" "$sources"
done_testing
