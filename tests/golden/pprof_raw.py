#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What `go tool pprof -raw` prints (standard input) as folded stacks of the first value.

Below the label "thread", as bolometer groups stacks; nanoseconds become microseconds, as there.
"""
import collections
import re
import sys

VALUES = re.compile(r'((?: *-?\d+)+): ([\d ]*)$')
LINE = re.compile(r'^(?:M=\d+ )?(?:\[F\] )?(.*) [^ ]*:\d+(?::\d+)? s=\d+(?:\(.*\))?$')


def main():
    part, samples, locations, unit, current = None, [], collections.defaultdict(list), None, None
    for line in sys.stdin.read().split('\n'):
        if line in ('Samples:', 'Locations', 'Mappings'):
            part = line
            continue
        if part == 'Samples:':
            if unit is None:
                unit = line.split()[0].split('/')[1].removesuffix('[dflt]')
            elif VALUES.match(line):
                values, ids = VALUES.match(line).groups()
                samples.append([int(values.split()[0]), ids.split(), ''])
            elif samples and 'thread:[' in line:
                samples[-1][2] = re.search(r'thread:\[(.*?)\]( \w+:\[|$)', line.strip())[1]
        elif part == 'Locations':
            start = re.match(r'^ *(\d+): 0x[0-9a-f]+ ?(.*)$', line)
            if start:
                current, line = start.groups()
            name = LINE.match(line.strip())
            if name:
                locations[current].append(name[1])
    totals = collections.Counter()
    for value, ids, thread in samples:
        frames = [name for place in ids for name in locations[place]]
        totals[';'.join(([thread] if thread else []) + frames[::-1])] += value
    for stack, value in sorted(totals.items(), key=lambda item: item[0].encode()):
        if unit == 'nanoseconds' and value:
            value = max(1, (value + 500) // 1000)
        if value:
            print(stack, value)


main()
