#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""slices.py GRAPH.svg [REGEX [NS]]: what the slices of a graph hold, read by docs/FORMAT.md.

Prints "count N" (of slices), "shortest_us N" and "longest_us N", and of the stacks that match REGEX
(joined by ";", with one in front and behind): "total N", the value, "sliced N", the sum of all their
slices, and with NS, a moment in nanoseconds since 1970, "before N" and "after N". A slice in which the
moment lies is divided by it.
"""
import base64, json, re, sys, zlib

text = re.search(r'<metadata id="bolometer" data-version="2" data-encoding="([^"]*)">([^<]*)<',
                 open(sys.argv[1]).read())
data = base64.b64decode(text[2])
if text[1] == 'deflate-raw':
    data = zlib.decompress(data, -15)
at = 0


def number():
    global at
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value


def signed():
    value = number()
    return value >> 1 if value % 2 == 0 else -(value + 1 >> 1)


length = number()
head = json.loads(data[at:at + length])
at += length
strings = []
for size in [number() for _ in range(head['strings'])]:
    strings.append(data[at:at + size].decode(errors='replace'))
    at += size
frames = [(number(), number(), number()) for _ in range(head['frames'])]
depths = [0]
for _ in range(1, head['nodes']):
    depths.append(depths[-1] + 1 - number())
nodes = [number() for _ in range(head['nodes'])]
own = [[signed() * value['factor'] for _ in nodes] for value in head['values']]

ends = head.get('slices', {'ends_us': []})['ends_us']
weights = [{} for _ in nodes]
if ends:
    values = own[head['slices']['value']]
    counts = [number() if value else 0 for value in values]
    places = []
    for count in counts:
        place = -1
        places.append([])
        for _ in range(count):
            place += 1 + number()
            places[-1].append(place)
    for node, count in enumerate(counts):
        weights[node] = {place: number() if count > 1 else 1 for place in places[node]}
assert at == len(data), 'the block has more than it should'

begins = [0] + ends[:-1]
widths = [end - begin for begin, end in zip(begins, ends)]
print('count', len(ends))
if ends:
    print('shortest_us', min(widths))
    print('longest_us', max(widths))
if len(sys.argv) < 3:
    sys.exit()
wanted = re.compile(sys.argv[2])
moment = (int(sys.argv[3]) - head['start_unix_ns']) / 1e3 if len(sys.argv) > 3 else 0
total = sliced = before = 0
path = []
for node, (depth, frame, value) in enumerate(zip(depths, nodes, own[0])):
    path[depth:] = [strings[frames[frame][0]]]
    if not value or not wanted.search(';' + ';'.join(path[1:]) + ';'):
        continue
    total += value
    for place, weight in weights[node].items():
        part = value * weight / sum(weights[node].values())
        sliced += part
        before += part * min(1, max(0, (moment - begins[place]) / widths[place]))
print('total', total)
print('sliced', round(sliced))
print('before', round(before))
print('after', round(sliced - before))
