#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A pprof profile of a large service, of about so many bytes before it is packed.

    pprof.py BYTES FILE     also writes FILE.gz

Stacks are walks through a call graph in which each function mostly calls one other, from one place;
a part of the functions is inlined into their callers. Samples have two values and the labels of a
thread. A capture of a whole busy machine at 4999 Hz for 15 s was the model: 10 MB, 85,000 samples, 22
frames each, 2.7 of which no other sample had. The same bytes every time.
"""
import gzip
import random
import sys

FUNCTIONS, PLACES, THREADS = 4000, 4, 60
USUALLY = 0.95


def varint(number):
    text = bytearray()
    while number > 127:
        text.append(number & 127 | 128)
        number >>= 7
    text.append(number)
    return bytes(text)


def number(field, value):
    return varint(field << 3) + varint(value) if value else b''


def message(field, *parts):
    body = b''.join(parts)
    return varint(field << 3 | 2) + varint(len(body)) + body


class Strings:
    def __init__(self):
        self.places = {'': 0}

    def __call__(self, text):
        return self.places.setdefault(text, len(self.places))


def main(size, path):
    chance = random.Random(5)
    strings = Strings()
    calls = [[chance.randrange(i + 1, min(i + 400, FUNCTIONS)) for _ in range(1 + chance.randrange(4))]
             if i + 1 < FUNCTIONS else [] for i in range(FUNCTIONS)]

    def rarely(count):
        return 0 if chance.random() < USUALLY else chance.randrange(count)

    def sample():
        function, stack = chance.randrange(3), []
        while True:
            stack.append(function * PLACES + rarely(PLACES) + 1)
            if not calls[function] or (len(stack) > 8 and chance.random() < 0.03) or len(stack) > 120:
                break
            function = calls[function][rarely(len(calls[function]))]
        weight = chance.randrange(1, 30)
        thread = chance.randrange(THREADS)
        return message(2, message(1, *(varint(place) for place in reversed(stack))),
                       message(2, varint(weight), varint(weight * 10101010)),
                       message(3, number(1, strings('thread')),
                               number(2, strings(f'worker-{thread % 7}'))),
                       message(3, number(1, strings('tid')), number(3, 4000 + thread)),
                       message(3, number(1, strings('pid')), number(3, 4000)))

    parts = [message(1, number(1, strings(name)), number(2, strings(unit)))
             for name, unit in (('samples', 'count'), ('cpu', 'nanoseconds'))]
    code = []
    for mapping in range(1, 6):
        start = mapping << 32
        code.append(message(3, number(1, mapping), number(2, start), number(3, start + (1 << 24)),
                            number(5, strings(f'/usr/lib/libservice{mapping}.so.1')),
                            number(6, strings(f'{mapping * 0x9e3779b97f4a7c15:040x}')),
                            number(7, 1), number(8, 1), number(9, 1), number(10, 1)))
    for place in range(1, FUNCTIONS * PLACES + 1):
        function = (place - 1) // PLACES
        mapping = function % 5 + 1
        lines = [function + 1] if place % 3 else [(function * 7) % FUNCTIONS + 1, function + 1]
        code.append(message(4, number(1, place), number(2, mapping),
                            number(3, (mapping << 32) + place * 24),
                            *(message(4, number(1, line), number(2, place % 900 + 1))
                              for line in lines)))
    for function in range(FUNCTIONS):
        name = f'service::module{function % 37}::Handler<{function % 11}>::step_{function}(Request const&)'
        code.append(message(5, number(1, function + 1), number(2, strings(name)),
                            number(3, strings(f'_ZN7service{function}')),
                            number(4, strings(f'/src/service/module{function % 37}/handler.cc'))))
    length = sum(map(len, parts)) + sum(map(len, code))
    while length < size - 300000:
        parts.append(sample())
        length += len(parts[-1])
    parts += code
    parts.append(message(11, number(1, strings('cpu')), number(2, strings('nanoseconds'))))
    parts.append(number(9, 1700000000 * 10**9) + number(10, 30 * 10**9) + number(12, 10101010))
    parts += [message(6, text.encode()) for text in strings.places]
    whole = b''.join(parts)
    with open(path, 'wb') as out:
        out.write(whole)
    with gzip.GzipFile(path + '.gz', 'wb', 6, mtime=0) as out:
        out.write(whole)


main(int(sys.argv[1]), sys.argv[2])
