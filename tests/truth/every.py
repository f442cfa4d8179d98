#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""every.py THREAD FRAME FILE...: of profiles of waits (pprof) that follow each other, one line each:

    waits   of the thread that were over, in stacks with the frame, or incomplete ones
    us      off the CPU, in these
    fired recorded lost   events
    lifetime accounted residual   the books of all threads, in nanoseconds

and a last line with the word "sum" for the numbers of all of them.
"""
import collections
import gzip
import json
import re
import subprocess
import sys


def about(path):
    """What bolometer says of the profile in a comment."""
    text = gzip.open(path).read()
    start = text.index(b'{"version"')
    return json.JSONDecoder().raw_decode(text[start:].decode('utf-8', 'replace'))[0]


def parse(path, thread, frame):
    waits = us = 0
    part, samples, names = None, [], collections.defaultdict(str)
    raw = subprocess.run(['go', 'tool', 'pprof', '-raw', path], capture_output=True, text=True,
                         check=True).stdout
    current = None
    for line in raw.split('\n'):
        if line in ('Samples:', 'Locations', 'Mappings'):
            part = line
        elif part == 'Samples:' and re.match(r'^ *-?\d+ +-?\d+: [\d ]*$', line):
            values, ids = line.split(':')
            samples.append([int(v) for v in values.split()] + [ids.split(), ''])
        elif part == 'Samples:' and samples and 'thread:[' in line:
            samples[-1][3] = re.search(r'thread:\[(.*?)\]', line)[1]
        elif part == 'Locations':
            start = re.match(r'^ *(\d+): (.*)$', line)
            if start:
                current, line = start.groups()
            if current:
                names[current] += line + '\n'
    for nanoseconds, count, ids, name in samples:
        stack = ''.join(names[i] for i in ids)
        if name != thread or (frame not in stack and '[incomplete' not in stack):
            continue
        us += nanoseconds / 1000
        if 'not over at the end' not in stack:
            waits += count
    return waits, us


def main():
    sums = collections.Counter()
    for path in sys.argv[3:]:
        of = about(path)
        waits, us = parse(path, sys.argv[1], sys.argv[2])
        books = of.get('books', {})
        one = {
            'waits': waits, 'us': round(us), 'fired': of.get('fired', 0),
            'recorded': of.get('fired', 0) - sum(e['count'] for e in of.get('events', [])),
            'lost': sum(e['count'] for e in of.get('events', []) if e['loss']),
            'lifetime': books.get('lifetime_ns', 0),
            'accounted': sum(books.get(k, 0) for k in ('cpu_ns', 'blocked_ns', 'queued_ns')),
            'residual': books.get('residual_ns', 0),
        }
        sums.update(one)
        print(' '.join('%s=%s' % item for item in one.items()))
    print('sum', ' '.join('%s=%s' % item for item in sums.items()))


main()
