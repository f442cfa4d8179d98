#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The profiles in this folder that others than Go write, in their shape.

parca.pb.gz       addresses in mappings with build ids, some without names; labels; the string table first
pyroscope.pb.gz   names only: one mapping that says nothing, no addresses; files and lines
odd.pb            plain: ids that do not follow each other, unpacked numbers, fields out of order, a name
                  that is no UTF-8, fields and kinds of numbers that no one knows yet
"""
import gzip
import os


def varint(number):
    number &= (1 << 64) - 1
    text = bytearray()
    while number > 127:
        text.append(number & 127 | 128)
        number >>= 7
    text.append(number)
    return bytes(text)


def number(field, value):
    return varint(field << 3) + varint(value)


def message(field, *parts):
    body = b''.join(parts)
    return varint(field << 3 | 2) + varint(len(body)) + body


def packed(field, *values):
    return message(field, *map(varint, values))


class Strings(dict):
    def __missing__(self, text):
        self[text] = len(self)
        return self[text]

    def parts(self):
        return [message(6, text.encode('utf-8', 'surrogateescape')) for text in self]


def write(name, *parts):
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
    whole = b''.join(parts)
    with open(path, 'wb') as out:
        out.write(gzip.compress(whole, 9, mtime=0) if name.endswith('.gz') else whole)


def parca():
    s = Strings({'': 0})
    label = lambda key, text: message(3, number(1, s[key]), number(2, s[text]))
    parts = [
        message(1, number(1, s['samples']), number(2, s['count'])),
        message(11, number(1, s['cpu']), number(2, s['nanoseconds'])), number(12, 52631578),
        message(2, packed(1, 3, 2, 1), packed(2, 5), label('comm', 'nginx'), label('node', 'a1')),
        message(2, packed(1, 4, 1), packed(2, 2), label('comm', 'nginx'), label('node', 'a1')),
        message(2, packed(1, 5, 2, 1), packed(2, 1), label('comm', 'nginx'), label('node', 'b2')),
        message(3, number(1, 1), number(2, 0x400000), number(3, 0x600000), number(4, 0x1000),
                number(5, s['/usr/sbin/nginx']), number(6, s['c0ffee' * 6 + 'c0ff']), number(7, 1)),
        message(3, number(1, 2), number(2, 0x7f0000000000), number(3, 0x7f0000200000),
                number(5, s['/usr/lib/libcrypto.so.3']), number(6, s['00112233445566778899'])),
        message(3, number(1, 3), number(2, 0xffffffff80000000), number(3, 0xffffffffffffffff),
                number(5, s['[kernel.kallsyms]']), number(7, 1)),
        message(4, number(1, 1), number(2, 1), number(3, 0x401234), message(4, number(1, 1))),
        message(4, number(1, 2), number(2, 1), number(3, 0x405678), message(4, number(1, 2))),
        message(4, number(1, 3), number(2, 2), number(3, 0x7f0000001000)),
        message(4, number(1, 4), number(2, 3), number(3, 0xffffffff80001000), message(4, number(1, 3))),
        message(4, number(1, 5), number(3, 0x123456)),
        message(5, number(1, 1), number(2, s['main'])),
        message(5, number(1, 2), number(2, s['ngx_ssl_handshake'])),
        message(5, number(1, 3), number(2, s['do_syscall_64'])),
        number(9, 1700000000 * 10**9), number(10, 10 * 10**9),
        number(13, s['a comment of the agent']),
    ]
    write('parca.pb.gz', *s.parts(), *parts)


def pyroscope():
    s = Strings({'': 0})
    names = ['main', 'handle', 'render', 'render.inner']
    parts = [
        message(1, number(1, s['cpu']), number(2, s['nanoseconds'])),
        message(1, number(1, s['exceptions']), number(2, s['count'])),
        message(2, packed(1, 3, 2, 1), packed(2, 30000000, 0)),
        message(2, packed(1, 2, 1), packed(2, 10000000, 4),
                message(3, number(1, s['span_id']), number(2, s['ab12']))),
        message(2, packed(2, 5000000, 0)),
        message(3, number(1, 1), number(7, 1)),
        message(4, number(1, 1), number(2, 1), message(4, number(1, 1), number(2, 10))),
        message(4, number(1, 2), number(2, 1), message(4, number(1, 2), number(2, 20))),
        message(4, number(1, 3), number(2, 1), message(4, number(1, 4), number(2, 31)),
                message(4, number(1, 3), number(2, 30))),
    ] + [message(5, number(1, i + 1), number(2, s[name]), number(3, s[name]), number(4, s['app.rb']))
         for i, name in enumerate(names)]
    parts.append(number(14, s['cpu']))
    write('pyroscope.pb.gz', *parts, *s.parts())


def odd():
    s = Strings({'': 0})
    parts = [
        message(1, number(1, s['objects']), number(2, s['count'])),
        message(5, number(1, 900), number(2, s['caf\udce9;au lait'])),
        message(5, number(1, 7), number(2, s['[not a marker']), number(9, 5)),
        message(4, number(1, 1 << 63), message(4, number(1, 900))),
        message(4, number(1, 5), message(4, number(1, 7))),
        message(99, b'from the future'),
        varint(98 << 3 | 1) + bytes(8), varint(97 << 3 | 5) + bytes(4),
        message(2, number(1, 5), number(1, 1 << 63), number(2, 3),
                message(3, number(1, s['bytes']), number(3, 512), number(4, s['bytes'])),
                message(3, number(1, s['bytes']), number(3, -1)),
                message(3, number(1, s['tid']), number(2, s['no number']))),
        message(2, number(1, 5), number(2, 0)),
    ]
    write('odd.pb', *parts, *s.parts())


parca()
pyroscope()
odd()
