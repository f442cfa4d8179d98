#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Folded text and graphs through the program: exact lines, the order of sort, and the reader that
# docs/FORMAT.md prints, on a graph.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

cat >"$TMP/in.folded" <<'EOF'
main;b 2
main;a;deep 3
a!b 1
a 7
a;c 2
main 1
main;std::map<int, char>::find(int const&) 40
main;a;deep 4
EOF
cat >"$TMP/sorted.folded" <<'EOF'
a 7
a!b 1
a;c 2
main 1
main;a;deep 7
main;b 2
main;std::map<int, char>::find(int const&) 40
EOF
ok "render folded text" "$BOLOMETER" render -q "$TMP/in.folded" -o "$TMP/out.folded"
ok "equal stacks are added up, lines sorted" diff -u "$TMP/sorted.folded" "$TMP/out.folded"
ok "the order is that of sort" env LC_ALL=C sort -c "$TMP/out.folded"
ok "render it again" "$BOLOMETER" render -q "$TMP/out.folded" -o "$TMP/again.txt"
ok "the same profile gives the same bytes" cmp "$TMP/out.folded" "$TMP/again.txt"

ok "render a graph" "$BOLOMETER" render -q "$TMP/in.folded" -o "$TMP/graph.svg"
ok "and once more" "$BOLOMETER" render -q "$TMP/out.folded" -o "$TMP/again.svg"
ok "the same profile gives the same graph" cmp "$TMP/graph.svg" "$TMP/again.svg"
sed -n '/^<text id="title"/,/^<metadata/p' "$TMP/graph.svg" | sed '$d' >"$TMP/static"
golden "static view" "$TMP/static" tests/golden/render_static.expected

script=$(sed -n '/^<metadata id="page"/p; /^<script>/,/<\/script>/p' "$TMP/graph.svg" | wc -c)
within "the script and what unpacks it are at most 40 KiB" "$script" 1000 40960
unpack=$(sed -n '/^<script>/,$s/^ \* *\(sed -n .*gunzip\)$/\1/p' "$TMP/graph.svg" | sed "s|FILE|'$TMP/graph.svg'|")
ok "the graph says how to read its script" diff <(eval "$unpack") build/render/page.min.js

if command -v python3 >/dev/null; then
	sed -n '/^```python$/,/^```$/p' docs/FORMAT.md | sed '/^```/d' >"$TMP/read.py"
	(cd "$TMP" && python3 read.py | LC_ALL=C sort >read.folded)
	ok "the reader in docs/FORMAT.md reads it" diff -u "$TMP/sorted.folded" "$TMP/read.folded"
	ok "the graph is well-formed XML" python3 -c \
		'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$TMP/graph.svg"
else
	skip "the reader in docs/FORMAT.md" "python3 is not installed"
fi
done_testing
