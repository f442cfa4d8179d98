#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""watch_readers.py FILE SIGNAL PROGRAM...: runs PROGRAM, stops the process of it that reads FILE to
name its addresses, prints what /proc says of it, and sends it SIGNAL (0: lets it go on). Exits with
PROGRAM's status, or 99 when no such process was met."""
import os
import signal
import subprocess
import sys

FIELDS = ("Uid", "CapInh", "CapPrm", "CapEff", "CapAmb", "NoNewPrivs", "Seccomp")


def children(pid):
    """Those of the program's first thread."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def reads(pid, wanted):
    folder = f"/proc/{pid}/fd"
    try:
        return any(os.readlink(f"{folder}/{fd}") == wanted for fd in os.listdir(folder))
    except OSError:
        return False


def runs(pid, wanted):
    """Whether it is the program itself: then it is being captured, and its unwind table is made."""
    try:
        return os.readlink(f"/proc/{pid}/exe") == wanted
    except OSError:
        return False


def is_confined(pid):
    with open(f"/proc/{pid}/status") as file:
        return any(line.split() == ["Seccomp:", "2"] for line in file)


def describe(pid):
    with open(f"/proc/{pid}/status") as file:
        for line in file:
            name, _, value = line.partition(":")
            if name in FIELDS:
                print(name, value.split()[0])
    folder = f"/proc/{pid}/fd"
    files = [os.readlink(f"{folder}/{fd}").partition(":")[0] for fd in os.listdir(folder)]
    print("open", *sorted(files))
    with open(f"/proc/{pid}/maps") as file:
        print("tables", sum("anon_inode:bpf" in line for line in file))


def main():
    wanted, number, program = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    running = subprocess.Popen(program)
    met = False
    while running.poll() is None and not met:
        present = children(running.pid)
        if any(runs(child, wanted) for child in present):
            continue
        for child in present:
            try:
                if not is_confined(child):
                    continue
                os.kill(child, signal.SIGSTOP)
                if reads(child, wanted):
                    describe(child)
                    met = True
                    if number:
                        os.kill(child, number)
                os.kill(child, signal.SIGCONT)
            except OSError:
                pass
    status = running.wait()
    sys.exit(status if met else 99)


main()
