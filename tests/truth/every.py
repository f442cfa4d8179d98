#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""every.py FRAME FILE...: of profiles of waits (pprof) that follow each other, one line each:

    waits   that were over, in stacks with the frame
    us      off the CPU, in these
    fired recorded lost   events
    begin end             of the interval, in nanoseconds
    threads lifetime accounted   the books: of so many threads, in nanoseconds

and a last line with the word "sum" for the numbers of all of them.
"""
import collections
import gzip
import json
import re
import subprocess
import sys


def about(path):
    """What bolometer says of itself in a comment, and the time and duration of the profile."""
    text = gzip.open(path).read()
    return json.JSONDecoder().raw_decode(text[text.index(b'{"version"'):].decode('utf-8', 'replace'))[0]


def parse(path, frame):
    waits = us = 0
    part, samples, names = None, [], collections.defaultdict(str)
    begin = duration = 0
    raw = subprocess.run(['go', 'tool', 'pprof', '-raw', path], capture_output=True, text=True,
                         check=True).stdout
    current = None
    for line in raw.split('\n'):
        if line in ('Samples:', 'Locations', 'Mappings'):
            part = line
        elif part == 'Samples:' and re.match(r'^ *-?\d+ +-?\d+: [\d ]*$', line):
            values, ids = line.split(':')
            samples.append([int(v) for v in values.split()] + [ids.split()])
        elif part == 'Locations':
            start = re.match(r'^ *(\d+): (.*)$', line)
            if start:
                current, line = start.groups()
            if current:
                names[current] += line + '\n'
    for nanoseconds, count, ids in samples:
        stack = ''.join(names[i] for i in ids)
        if not re.search(r'\b%s\b' % re.escape(frame), stack):
            continue
        us += nanoseconds / 1000
        if 'not over at the end' not in stack:
            waits += count
    return waits, us


def main():
    frame, sums = sys.argv[1], collections.Counter()
    for path in sys.argv[2:]:
        of = about(path)
        waits, us = parse(path, frame)
        books = of.get('books', {})
        one = {
            'waits': waits, 'us': round(us), 'fired': of['fired'],
            'recorded': of['fired'] - sum(e['count'] for e in of['events']),
            'lost': sum(e['count'] for e in of['events'] if e['loss']),
            'lifetime': books.get('lifetime_ns', 0),
            'accounted': sum(books.get(k, 0) for k in ('cpu_ns', 'blocked_ns', 'queued_ns')),
            'residual': books.get('residual_ns', 0),
        }
        sums.update(one)
        print(' '.join('%s=%s' % item for item in one.items()))
    print('sum', ' '.join('%s=%s' % item for item in sums.items()))


main()
