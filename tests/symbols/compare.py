#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
compare.py OURS THEIRS NM: compares answers of `symbols -n` with those of `addr2line -afi`, address
by address: every inlined function, file and line. NM is the output of `nm` of the same file, with
its dynamic symbols: which names are of one address. Prints a line of counts, and the first of each
kind of difference; the exit status says whether 99.9 % are equal.

Taken as equal (tests/unit/symbolizer_dwarf_test.md says why): names of one address, compilers' copies
of a function and the function. Left out: addresses that one of them has no function for.
"""
import os
import re
import sys

WANTED = 0.999
COPY = re.compile(r"\.(isra|constprop|part|cold|lto_priv|llvm|abi0)\b.*$")


def read_answers(path):
    answers = []
    with open(path, errors="replace") as file:
        for line in file:
            line = line.rstrip("\n")
            if re.fullmatch(r"0x[0-9a-f]+", line):
                answers.append((int(line, 16), []))
            else:
                answers[-1][1].append(line)
    return answers


def read_aliases(path):
    """Of each name the addresses it is at."""
    places = {}
    with open(path, errors="replace") as file:
        for line in file:
            match = re.match(r"([0-9a-f]+) \S (\S+)", line)
            if match:
                name = plain(match[2])
                places.setdefault(name, set()).add(int(match[1], 16))
    return places


def plain(name):
    """Without the mark of a version, of a copy and of a call convention, and what Go's tables leave out in brackets."""
    name = COPY.sub("", name).split("@")[0]
    return re.sub(r"\[.*\]", "[...]", name)


def frames_of(lines):
    frames = []
    for name, place in zip(lines[0::2], lines[1::2]):
        place = re.sub(r" \(discriminator.*", "", place)
        file, _, line = place.rpartition(":")
        if file in ("??", "") or line in ("0", "?"):
            file, line = "?", "0"
        frames.append((plain(name), os.path.basename(file), line))
    return frames


def difference(ours, theirs, places):
    """What differs first: "" when nothing does."""
    if len(ours) != len(theirs):
        return "number of inlined functions"
    for i, (mine, other) in enumerate(zip(ours, theirs)):
        if mine[1] != other[1]:
            return "file"
        if mine[2] != other[2]:
            return "line"
        if mine[0] == other[0]:
            continue
        if i + 1 < len(ours):
            return "inlined function"
        if not places.get(mine[0], set()) & places.get(other[0], set()):
            return "function"
    return ""


def main():
    ours, theirs = read_answers(sys.argv[1]), read_answers(sys.argv[2])
    places = read_aliases(sys.argv[3])
    asked = equal = inlined = lines = unknown = 0
    kinds = {}
    if len(ours) != len(theirs):
        print(f"# {len(ours)} answers, and {len(theirs)}")
        return 1
    for (addr, mine), (_, other) in zip(ours, theirs):
        mine, other = frames_of(mine), frames_of(other)
        if mine[-1][0] == "??" or other[-1][0] == "??":
            unknown += other[-1][0] != "??"
            continue
        asked += 1
        inlined += len(mine) > 1
        lines += mine[0][2] != "0"
        kind = difference(mine, other, places)
        equal += not kind
        if kind:
            kinds.setdefault(kind, []).append((addr, mine, other))
    print(f"# {equal} of {asked} equal, {100 * equal / max(asked, 1):.3f} %; "
          f"{inlined} with inlined functions, {lines} with lines; "
          f"{unknown} that only the other has a function for")
    for kind, cases in kinds.items():
        addr, mine, other = cases[0]
        print(f"# {len(cases)} differ in the {kind}: {addr:x}\n#   ours   {mine}\n#   theirs {other}")
    return 0 if asked > 100 and lines and equal >= WANTED * asked else 1


sys.exit(main())
