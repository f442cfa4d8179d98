#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks a file against version 48 of the Firefox Profiler's processed format, whose documents are
docs-developer/CHANGELOG-formats.md and src/types/profile of github.com/firefox-devtools/profiler.

    firefox_check.py FILE [--folded]

Every column has the length of its table, every index is within the table it points into, callers stand
before those they called, times do not go back. With --folded it prints the stacks, one a line with its
weight, as the profiler would add them up. Exit status 1 when anything is wrong.
"""
import json
import re
import sys

# Column: what it may hold. An index is the name of its table; "?" allows null.
TABLES = {
    "samples": {"stack": "stackTable?", "time": "number", "weight": "number"},
    "stackTable": {"frame": "frameTable", "prefix": "stackTable?", "category": "categories",
                   "subcategory": "subcategory"},
    "frameTable": {"address": "address", "inlineDepth": "count", "category": "categories?",
                   "subcategory": "subcategory?", "func": "funcTable", "nativeSymbol": "nativeSymbols?",
                   "innerWindowID": "count?", "implementation": "stringArray?", "line": "count?",
                   "column": "count?"},
    "funcTable": {"name": "stringArray", "isJS": "bool", "relevantForJS": "bool",
                  "resource": "resourceTable-", "fileName": "stringArray?", "lineNumber": "count?",
                  "columnNumber": "count?"},
    "resourceTable": {"lib": "libs?", "name": "stringArray", "host": "stringArray?", "type": "resource"},
    "nativeSymbols": {"libIndex": "libs", "address": "address", "name": "stringArray",
                      "functionSize": "count?"},
    "markers": {"data": "any", "name": "stringArray", "startTime": "number?", "endTime": "number?",
                "phase": "count", "category": "categories"},
}
THREAD = {"processType": str, "processStartupTime": (int, float), "registerTime": (int, float),
          "pausedRanges": list, "name": str, "isMainThread": bool, "pid": str, "tid": (int, str)}
THREAD_NULLABLE = ("processShutdownTime", "unregisterTime")
LIB = ("arch", "name", "path", "debugName", "debugPath", "breakpadId")
COLOURS = {"transparent", "purple", "green", "orange", "yellow", "lightblue", "blue", "brown", "magenta",
           "red", "lightred", "darkgrey", "grey"}
wrong = []


def check(holds, what):
    if not holds:
        wrong.append(what)


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_index(value, size):
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < size


def cell_ok(kind, value, sizes):
    if kind.endswith("?"):
        return value is None or cell_ok(kind[:-1], value, sizes)
    if kind.endswith("-"):
        return value == -1 or cell_ok(kind[:-1], value, sizes)
    if kind == "any":
        return True
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "number":
        return is_number(value)
    if kind == "count":
        return isinstance(value, int) and value >= 0
    if kind == "address":
        return isinstance(value, int) and value >= -1
    if kind == "resource":
        return is_index(value, 6)
    if kind == "subcategory":
        return value == 0
    return is_index(value, sizes[kind])


def check_table(name, table, sizes):
    check(set(table) - {"length", "weightType"} == set(TABLES[name]),
          f"{name} has the columns {sorted(table)}")
    for column, kind in TABLES[name].items():
        values = table.get(column, [])
        check(len(values) == table["length"], f"{name}.{column} has {len(values)} of {table['length']}")
        for at, value in enumerate(values):
            check(cell_ok(kind, value, sizes), f"{name}.{column}[{at}] is {value!r}")


def check_thread(thread, profile):
    for key, kind in THREAD.items():
        check(isinstance(thread.get(key), kind), f"thread.{key} is {thread.get(key)!r}")
    for key in THREAD_NULLABLE:
        check(key in thread and (thread[key] is None or is_number(thread[key])), f"thread.{key}")
    sizes = {name: thread[name]["length"] for name in TABLES}
    sizes["stringArray"] = len(thread["stringArray"])
    sizes["libs"] = len(profile["libs"])
    sizes["categories"] = len(profile["meta"]["categories"])
    for name in TABLES:
        check_table(name, thread[name], sizes)
    check(all(isinstance(text, str) for text in thread["stringArray"]), "stringArray")
    check(len(set(thread["stringArray"])) == sizes["stringArray"], "a string is there twice")
    for stack, prefix in enumerate(thread["stackTable"]["prefix"]):
        check(prefix is None or prefix < stack, f"stack {stack} stands before its caller")
    pairs = list(zip(thread["stackTable"]["prefix"], thread["stackTable"]["frame"]))
    check(len(set(pairs)) == len(pairs), "a stack is there twice")
    times = thread["samples"]["time"]
    check(times == sorted(times), "time goes back")
    check(thread["samples"]["weightType"] in ("samples", "tracing-ms", "bytes"), "weightType")


def check_meta(meta):
    check(meta.get("preprocessedProfileVersion") == 48, "preprocessedProfileVersion")
    for key in ("interval", "startTime", "version", "processType"):
        check(is_number(meta.get(key)), f"meta.{key}")
    check(meta.get("interval", 0) > 0, "meta.interval is not positive")
    check(isinstance(meta.get("product"), str) and meta["product"], "meta.product")
    check(meta.get("markerSchema") == [], "meta.markerSchema")
    greys = 0
    for category in meta["categories"]:
        check(category["color"] in COLOURS, f"there is no colour {category['color']}")
        check(category["subcategories"][:1] == ["Other"], "subcategories")
        greys += category["color"] == "grey"
    check(greys == 1, f"{greys} categories are the default one")
    for section in meta.get("extra", []):
        check(isinstance(section["label"], str), "extra.label")
        for entry in section["entries"]:
            check(set(entry) == {"label", "format", "value"}, f"extra entry {entry}")


def check_libs(libs):
    for lib in libs:
        for key in LIB:
            check(isinstance(lib.get(key), str), f"lib.{key} is {lib.get(key)!r}")
        check(re.fullmatch(r"([0-9A-F]{32}[0-9a-f]+)?", lib["breakpadId"]), f"breakpadId {lib['breakpadId']}")
        check(lib["codeId"] is None or re.fullmatch(r"[0-9a-f]+", lib["codeId"]), "codeId")


def folded(profile):
    lines = {}
    for thread in profile["threads"]:
        stacks, frames, funcs = thread["stackTable"], thread["frameTable"], thread["funcTable"]
        for stack, weight in zip(thread["samples"]["stack"], thread["samples"]["weight"]):
            names = []
            while stack is not None:
                func = frames["func"][stacks["frame"][stack]]
                names.append(thread["stringArray"][funcs["name"][func]])
                stack = stacks["prefix"][stack]
            if len(profile["threads"]) > 1:
                names.append(thread["name"])
            line = ";".join(reversed(names))
            lines[line] = lines.get(line, 0) + weight
    return "".join(f"{line} {round(weight * 1e6) / 1e6:g}\n" for line, weight in sorted(lines.items()))


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        profile = json.load(file)
    check_meta(profile["meta"])
    check_libs(profile["libs"])
    for thread in profile["threads"]:
        check_thread(thread, profile)
    for line in wrong[:20]:
        print(line, file=sys.stderr)
    if sys.argv[2:] == ["--folded"]:
        print(folded(profile), end="")
    sys.exit(1 if wrong else 0)


main()
