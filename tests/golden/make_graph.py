# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes a graph file with nothing but its data, as docs/FORMAT.md says.

make_graph.py FILE DURATION_NS NAME UNIT VALUE...
The profile is of main and what it calls, a, b, ..., which have these self values of the type NAME in
UNIT. DURATION_NS may be -, not known. COMMAND in the environment is the capture that it is of.
"""
import base64
import json
import os
import sys


def number(value):
    out = []
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + [value])


def numbers(values):
    return b''.join(map(number, values))


path, duration, name, unit, *values = sys.argv[1:]
strings = ['', 'all', 'main'] + [chr(97 + i) for i in range(len(values))]
count = len(strings) - 1
head = {'version': 2, 'strings': len(strings), 'frames': count, 'nodes': count,
        'values': [{'name': name, 'unit': unit, 'factor': 1}], 'events': []}
if duration != '-':
    head['duration_ns'] = int(duration)
if 'COMMAND' in os.environ:
    head['command'] = os.environ['COMMAND']
head = json.dumps(head).encode()
frames = [part for i in range(count) for part in (i + 1, 0, 1 if i else 6)]
depths = [0, 0] + [1] * (len(values) - 1)
block = (number(len(head)) + head + numbers(map(len, strings)) + ''.join(strings).encode() +
         numbers(frames) + numbers(depths) + numbers(range(count)) +
         numbers(2 * int(value) for value in ['0', '0'] + values))
with open(path, 'w') as out:
    out.write('<svg><metadata id="bolometer" data-version="2" data-encoding="plain">%s</metadata></svg>\n' %
              base64.b64encode(block).decode())
