#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""short_names.py RAW SHOWN: no two functions that differ as overloads or lambdas are shown alike.

RAW has the names as the symbol table has them, SHOWN what `--demangle short` makes of each. What
may be one name are the copies and pieces of a function, and the instances of a template: they are
the same once, of the whole name that c++filt gives, only the contents of templates that stand
outside of parentheses are dropped, and what the function returns. That is found out here by taking
the whole name apart from its end, which is another way than the program's. Prints what is wrong and
a summary; the exit status is 1 if anything is.
"""
import re
import subprocess
import sys

SUFFIX = re.compile(r"(\.(isra|constprop|part|cold|llvm|lto_priv)(\.\d+)?)+$")
OPERATOR = re.compile(r"operator ?(\(\)|\[\]|<=>|<<=|>>=|->\*|->|<<|>>|<=|>=|<|>)")


def hide_operators(name):
    """Signs of operators are letters, so that all brackets that are left match."""
    return OPERATOR.sub(lambda m: "operator" + "".join(chr(0xE000 + ord(c)) for c in m[1]), name)


def pieces(name):
    """The name as a list: characters, ('(', text) and ('<', text), outermost brackets only."""
    result, stack, at = [], [], len(name)
    end = None
    while at:  # from the end: what a bracket closes is known before what it opens
        at -= 1
        c = name[at]
        arrow = c == ">" and at and name[at - 1] == "-"
        if c in ")>" and not arrow:
            if not stack:
                end = at
            stack.append("(" if c == ")" else "<")
        elif c in "(<" and stack:
            # A comparison in the contents of a template is in parentheses: it closes nothing.
            while stack and stack[-1] != c and c == "(":
                stack.pop()
            if stack and stack[-1] == c:
                stack.pop()
            if not stack:
                result.append((c, name[at : end + 1]))
        elif not stack:
            result.append(c)
    return result[::-1]


def key(whole):
    name = hide_operators(re.sub(r" \[clone [^\]]*\]", "", whole))
    parts = pieces(name)
    # What is returned ends at the last space that is not a part of the name.
    text, spaces = "", []
    for part in parts:
        if isinstance(part, tuple):
            text += part[1] if part[0] == "(" else "<>"
        else:
            if part == " ":
                spaces.append(len(text))
            text += part
    for at in reversed(spaces):
        before, after = text[:at], text[at + 1 :]
        word = before.rsplit("::", 1)[-1].rsplit(" ", 1)[-1]
        if word.startswith("operator") or after.startswith(("<>", "const", "volatile", "&", "[")):
            continue
        if re.search(r"(vtable|typeinfo|thunk|guard variable|thunk to|for|to|function)$", before):
            continue
        if "(" in after or "::" in after:
            return after
    return text


def main():
    raw = open(sys.argv[1], encoding="utf-8", errors="replace").read().splitlines()
    shown = open(sys.argv[2], encoding="utf-8", errors="replace").read().splitlines()
    if len(raw) != len(shown):
        sys.exit(f"# {len(raw)} names, {len(shown)} shown")
    bare = [SUFFIX.sub("", name) for name in raw]
    whole = subprocess.run(["c++filt"], input="\n".join(bare), capture_output=True, text=True,
                           check=True).stdout.splitlines()
    groups, wrong = {}, 0
    for name, full, short in zip(raw, whole, shown):
        groups.setdefault(short, {}).setdefault(key(full), full)
    for short, kinds in sorted(groups.items()):
        if len(kinds) > 1:
            wrong += 1
            if wrong <= 5:
                print(f"# {short} is shown for")
                for full in list(kinds.values())[:3]:
                    print(f"#   {full}")
    functions = len(set(whole))
    together = functions - len(groups)
    lambdas = sum("{lambda(" in full for full in set(whole))
    print(f"# {functions} functions, {lambdas} of them in lambdas, have {len(groups)} names: "
          f"{together} are instances or copies; {wrong} names are of several functions")
    return wrong > 0 or functions < 1000 or len(groups) < functions // 4


if __name__ == "__main__":
    sys.exit(main())
