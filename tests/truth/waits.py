#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""waits.py PROFILE.pb.gz FUNCTION VALUE: the sum of a value ("waits") of the samples that are blocked with
FUNCTION among their callers, read by pprof's own description (proto/profile.proto)."""
import collections
import gzip
import sys


def fields(data):
    at = 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = number()
        if key & 7 == 0:
            yield key >> 3, number()
        else:
            size = number()
            yield key >> 3, data[at:at + size]
            at += size


def packed(data):
    value, shift = 0, 0
    for byte in data if isinstance(data, bytes) else [data]:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield value
            value, shift = 0, 0


def main(path, function, wanted):
    parts = collections.defaultdict(list)
    for field, value in fields(gzip.open(path).read()):
        parts[field].append(value)
    strings = [text.decode(errors='replace') for text in parts[6]]
    types = [strings[dict(fields(value))[1]] for value in parts[1]]
    names = {}
    for value in parts[5]:
        entry = dict(fields(value))
        names[entry[1]] = strings[entry.get(2, 0)]
    places = collections.defaultdict(list)
    for value in parts[4]:
        lines = [dict(fields(line)) for field, line in fields(value) if field == 4]
        places[dict(fields(value))[1]] = [names[line[1]] for line in lines]
    total = 0
    for value in parts[2]:
        entry = collections.defaultdict(list)
        for field, part in fields(value):
            entry[field] += packed(part) if field in (1, 2) else []
        frames = [name for place in entry[1] for name in places[place]]
        if function in frames and any(name.startswith('[waits: ') for name in frames):
            total += entry[2][types.index(wanted)]
    print(total)


main(*sys.argv[1:])
