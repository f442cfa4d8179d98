#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""One fault after the other in the same command, and what came of each.

    loop.py [--name NAME] [--faults FAULT,...] [--least COUNT] -- PROGRAM ARGS...

The command is run once for every call that can fail (tests/faults/faults.c), or with $FAULT_SAMPLES
for so many of them (FAULT:on: also for all calls after it), each time in a folder of its own that begins as a copy of the current one. Passes:
it ends by itself, with 0 or 1; 0 and the same files as without a fault, or with --least, which is for
captures, folded text that holds so many samples, or another message; 1 with a message, or by the signal
of the fault, and every file as it was before or as it would be without the fault. No other file is left.
No sanitizer may have anything to say. Prints a line of TAP for each kind of fault.
"""
import argparse, concurrent.futures, os, pathlib, shutil, signal, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).resolve()
PRELOAD = HERE.parents[2] / "build/tests/faults/faults.so"
SECONDS = 60
RETRIES = 3
LINES = 16  # of what a command that went wrong said
# The finder of leaks makes these itself, where no handler of signals runs.
BY_LSAN = ("read", "pread", "open", "close", "mmap", "getdents", "stat", "write")


def contents(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def total(folded):
    """Of all its lines; -1 where one is none."""
    try:
        return sum(int(line.rsplit(" ", 1)[1]) for line in folded.decode().splitlines())
    except (ValueError, IndexError):
        return -1


def signal_of(fault):
    name = fault.removesuffix(":on").rpartition(":")[2]
    return getattr(signal, "SIG" + name, 0)


class Loop:
    def __init__(self, options):
        self.options = options
        self.before = contents(pathlib.Path.cwd())

    def run(self, fault, at):
        """Exit status (negative: signal; None: did not end), messages, files, and calls."""
        with (tempfile.TemporaryDirectory(prefix="faults.") as folder, tempfile.NamedTemporaryFile() as count,
              tempfile.TemporaryDirectory(prefix="faults.") as elsewhere):
            folder = pathlib.Path(folder)
            shutil.copytree(".", folder, dirs_exist_ok=True)
            leaks = fault.partition(":")[0] not in BY_LSAN
            env = dict(os.environ, FAULT=fault, FAULT_AT=str(at), FAULT_COUNT=count.name, LD_PRELOAD=str(PRELOAD),
                       TMPDIR=elsewhere,
                       ASAN_OPTIONS=f"verify_asan_link_order=0:detect_leaks={int(leaks)}:exitcode=77",
                       LSAN_OPTIONS=f"suppressions={HERE.parent}/lsan.supp:print_suppressions=0")
            if fault.endswith(":on"):
                env.update(FAULT=fault[:-3], FAULT_ON="1")
            process = subprocess.Popen(self.options.program, cwd=folder, env=env, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            try:
                out, err = process.communicate(timeout=SECONDS)
                status = process.returncode
            except subprocess.TimeoutExpired:
                process.kill()
                out, err = process.communicate()
                status = None
            number = pathlib.Path(count.name).read_text()
            files = contents(folder)
            files["standard output"] = out
            # What could not be written is kept there, and that is said.
            for name in contents(pathlib.Path(elsewhere)):
                if f"it is in {elsewhere}/{name}".encode() not in err:
                    files[f"elsewhere/{name}"] = b""
            return status, self.without_noise(err.decode(errors="replace")), files, int(number or 0)

    @staticmethod
    def without_noise(err):
        return "\n".join(line for line in err.splitlines() if not line.startswith("\t0x"))

    def wrong(self, fault, result, reference):
        """What is wrong with it; None: nothing."""
        status, err, files, _ = result
        _, good_err, good_files, _ = reference
        if status is None:
            return f"did not end in {SECONDS} s"
        if status not in (0, 1, -signal_of(fault)):
            return f"status {status}"
        if "Sanitizer" in err or "runtime error" in err or "of memory allocating" in err:
            return "sanitizer"
        more = set(files) - set(good_files)
        if fault.endswith(":KILL"):
            more = {name for name in more if not name.startswith(".bolometer-")}
        if more:
            return f"left {sorted(more)}"
        if status == 1 and not err.strip():
            return "status 1 without a message"
        for name, good in good_files.items():
            got, old = files.get(name), self.before.get(name)
            if got == good or (status and (got == old or name == "standard output")):
                continue
            least = 0 if signal_of(fault) else self.options.least
            if self.options.least >= 0 and not status and got is not None and total(got) >= least:
                continue
            if self.options.least >= 0 and not status and set(err.splitlines()) - set(good_err.splitlines()):
                continue
            return f"{name} is {'missing' if got is None else 'another'}"
        return None

    def is_starved(self, result):
        """A capture without a sample, as on a machine that is busy with other things."""
        return self.options.least > 0 and result[0] == 0 and any(
            total(text) == 0 for name, text in result[2].items() if name.endswith(".folded"))

    def numbers(self, count):
        samples = int(os.environ.get("FAULT_SAMPLES", 0))
        if not samples or count <= samples:
            return list(range(1, count + 1))
        return [1 + (2 * i + 1) * count // (2 * samples) for i in range(samples)]

    def check(self, fault):
        reference = self.run(fault, 0)
        if self.options.least >= 0:
            reference[2].pop("standard output")
        if reference[0]:
            return [f"without a fault: {reference[0]} {reference[1]}"], 0, 0
        numbers = self.numbers(reference[3])
        bad, failed = [], 0
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            for at, result in zip(numbers, pool.map(lambda at: self.run(fault, at), numbers)):
                if self.options.least >= 0:
                    result[2].pop("standard output")
                what = self.wrong(fault, result, reference)
                for _ in range(RETRIES if self.is_starved(result) else 0):
                    if what:
                        result = self.run(fault, at)
                        result[2].pop("standard output")
                        what = self.wrong(fault, result, reference)
                failed += result[0] != 0
                if what:
                    bad.append("\n".join(f"call {at}: {what}\n{result[1]}".splitlines()[:LINES]))
        return bad, len(numbers), failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", default="")
    parser.add_argument("--faults", default="memory")
    parser.add_argument("--least", type=int, default=-1)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("program", nargs="+")
    options = parser.parse_args()
    loop = Loop(options)
    status = 0
    for number, fault in enumerate(options.faults.split(","), 1):
        bad, runs, failed = loop.check(fault)
        print(f"{'not ok' if bad else 'ok'} {number} - {options.name}: {fault}, {runs} runs, {failed} of them failed",
              flush=True)
        for text in bad[:20]:
            print("\n".join("# " + line for line in text.splitlines()))
        if len(bad) > 20:
            print(f"# and {len(bad) - 20} more")
        status |= bool(bad)
    return status


if __name__ == "__main__":
    sys.exit(main())
