#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""terminal.py OUTPUT COMMAND...: runs a command at a terminal, and writes what that got to OUTPUT.

Says what a terminal should not get, and exits with 1 then: control characters, but for the ends of lines
and the erasing of the progress line; bytes that are no UTF-8; characters that reorder what is around
them, or are not seen. Exits with 2 where the command fails, with 3 where there was no progress line.

With "-" instead of COMMAND: judges standard input, a text without a progress line.
"""
import os
import pty
import re
import sys
import unicodedata

ERASE = b'\r\x1b[K'
HIDDEN = {0xad, 0x34f, 0x61c, 0x180e, 0xfeff, *range(0x200b, 0x2010), *range(0x202a, 0x202f),
          *range(0x2060, 0x2070)}


def judge(text):
    try:
        text = text.decode()
    except UnicodeDecodeError as error:
        return f'no UTF-8: {text[max(0, error.start - 40):error.end + 20]!r}'
    for at, char in enumerate(text):
        if ord(char) in HIDDEN or (unicodedata.category(char) == 'Cc' and char != '\n'):
            return f'{char!r} in {text[max(0, at - 40):at + 20]!r}'
    return None


def main(output, command):
    if command == ['-']:
        fault = judge(sys.stdin.buffer.read())
        print(fault or '', end='')
        return 1 if fault else 0
    got = []

    def read(fd):
        got.append(os.read(fd, 65536))
        return got[-1]

    with open(os.devnull, 'wb') as nowhere:
        os.dup2(nowhere.fileno(), 1)
        status = pty.spawn(command, read)
    text = b''.join(got)
    with open(output, 'wb') as file:
        file.write(text)
    fault = judge(re.sub(rb'\r\n', b'\n', text.replace(ERASE, b'\n')))
    if fault:
        print(fault, file=sys.stderr)
        return 1
    if status:
        return 2
    return 0 if ERASE in text else 3


sys.exit(main(sys.argv[1], sys.argv[2:]))
