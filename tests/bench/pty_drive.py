#!/usr/bin/env python3
"""Drives a program on a pseudo-terminal: keys in, screens and figures out.

    pty_drive.py [--size 120x40] [--timeout 60] [--script FILE] -- PROGRAM ARG...

reads commands, one a line, from FILE or standard input, and starts PROGRAM at
once. Words are quoted as in sh; a line that begins with # says nothing.

    wait TEXT           until TEXT is on the screen
    wait TEXT OTHER     until one of them is
    gone TEXT           until it is not
    drawn               until there is any text on the screen
    key KEY...          Enter Esc Tab S-Tab Space BS Up Down Left Right Home End
                        PgUp PgDn F1 C-x; anything else is typed as it is
    resize 80x24        gives the terminal another size
    screen              prints the screen
    exit [STATUS]       until the program has ended (with that status)
    watch SECONDS       takes what comes for so long; for measuring only
    since-start NAME    prints NAME and the milliseconds between the start and
                        what the last wait waited for
    since-key NAME      the same, from the last key on
    latency NAME COUNT MS KEY[=TEXT|=!TEXT]...
                        sends the keys in turn, COUNT in all, one every MS
                        milliseconds, each after the one before it was seen; it
                        is when TEXT is (not) on the screen, or without one
                        when anything but the top row has changed. Prints
                        NAME_p50, NAME_p99 and NAME_max, in milliseconds, and
                        NAME_own_p99: without what the program and this one
                        have waited for a processor, which on a busy machine
                        is most of it (from /proc; a little too low where both
                        waited at once)
    peak NAME           prints the most memory the program has had resident
                        (VmHWM), in KiB; and its helpers: children that run the
                        same program are added
    cpu NAME SECONDS    prints the percentage of one core that it uses, they
                        included

Figures are printed as `NAME VALUE`. A wait that is in vain prints the screen
and ends this program with 1; so does another exit status. What still runs then
is killed, with its children. Nothing is answered to what the program asks the
terminal. `peak` and `cpu` read /proc.

The moment of a screen is when its last byte was read, by a thread that does
nothing else: a terminal gives 4 KiB at a time, and what one takes to understand
them here would be added to what the program takes to write the rest. Between
the two ends of a synchronized update (mode 2026) the screen is not looked at.

As a module: Terminal has these commands as methods; pty_screen.py is what
understands the output.
"""
import argparse
import fcntl
import os
import pty
import queue
import re
import shlex
import signal
import struct
import sys
import termios
import threading
import time

# No cache of the other file in the source tree.
sys.dont_write_bytecode = True
from pty_screen import Screen  # noqa: E402

KEYS = {
    "Enter": "\r", "Esc": "\x1b", "Tab": "\t", "S-Tab": "\x1b[Z",
    "Space": " ", "BS": "\x7f", "Up": "\x1bOA", "Down": "\x1bOB",
    "Right": "\x1bOC", "Left": "\x1bOD", "Home": "\x1bOH", "End": "\x1bOF",
    "PgUp": "\x1b[5~", "PgDn": "\x1b[6~", "F1": "\x1bOP",
}
READ_BYTES = 65536
# How long one thread of Python may keep the other from noting the time.
sys.setswitchinterval(0.0002)


def key_bytes(name):
    if name in KEYS:
        return KEYS[name].encode()
    if re.fullmatch("C-[a-z]", name):
        return bytes([ord(name[2]) - ord("a") + 1])
    return name.encode()


class Failure(Exception):
    pass


def read_proc(path):
    with open(f"/proc/{path}", encoding="latin-1") as file:
        return file.read()


def process_tree(pid):
    """The process and all that it started, as far as /proc tells."""
    children = {}
    for name in os.listdir("/proc") if os.path.isdir("/proc") else []:
        if name.isdigit():
            try:
                parent = int(read_proc(f"{name}/stat")
                             .rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(name))
    tree = [pid]
    for member in tree:
        tree += children.get(member, [])
    return tree


def program_of(pid):
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return None


def own_processes(pid):
    """The process and those of its children that run the same program."""
    program = program_of(pid)
    return [member for member in process_tree(pid)
            if program_of(member) == program]


def cpu_seconds(pid):
    """What all threads of the process have used, in fine grains."""
    return sum(int(read_proc(f"{pid}/task/{thread}/schedstat").split()[0])
               for thread in os.listdir(f"/proc/{pid}/task")) / 1e9


def queued_seconds(path):
    """How long a thread has waited for a processor; the main one, by PID."""
    return int(read_proc(path).split()[1]) / 1e9


class Terminal:
    """A program on a terminal of its own. Times are monotonic seconds."""

    def __init__(self, command, columns=120, rows=40, timeout=60):
        self.screen = Screen(columns, rows)
        self.timeout = timeout
        self.status = None
        self.started = self.pressed = time.monotonic()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                self.set_size(0, columns, rows)
                os.execvp(command[0], command)
            except OSError as error:
                os.write(2, f"{command[0]}: {error.strerror}\n".encode())
            os._exit(127)
        self.seen = self.started
        self.is_open = True
        self.hurry()
        self.arrived = queue.SimpleQueue()
        self.reader = threading.Thread(target=self.receive, daemon=True)
        self.reader.start()

    @staticmethod
    def hurry():
        """Where it may (root), what measures goes before what is measured, or
        its own waiting for a processor would be told as a latency."""
        try:
            os.setpriority(os.PRIO_PROCESS, 0, -15)
        except PermissionError:
            pass

    @staticmethod
    def set_size(fd, columns, rows):
        fcntl.ioctl(fd, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, columns, 0, 0))

    # ---- reading ----

    def receive(self):
        """The other thread: each piece with its moment; an empty one ends."""
        data = b"more"
        while data:
            try:
                data = os.read(self.fd, READ_BYTES)
            except OSError:
                data = b""
            self.arrived.put((time.monotonic(), data))

    def read(self, until):
        """Takes what the program writes; false when none came in time."""
        patience = max(0, until - time.monotonic())
        if not self.is_open:
            time.sleep(min(patience, 0.01))
            return False
        try:
            self.seen, data = self.arrived.get(timeout=patience)
        except queue.Empty:
            return False
        if not data:
            self.is_open = False
            return False
        self.screen.feed(data)
        return True

    def drain(self):
        """Takes what a program that has ended has left."""
        ended = self.seen
        while self.is_open and self.read(time.monotonic()):
            pass
        self.seen = ended

    def wait_until(self, condition, what):
        deadline = time.monotonic() + self.timeout
        while not (self.screen.is_settled and condition()):
            if not self.is_open or (not self.read(deadline)
                                    and time.monotonic() >= deadline):
                raise Failure(f"{what}: in vain")

    def wait(self, *texts):
        def is_there():
            text = self.screen.text()
            return any(wanted in text for wanted in texts)
        self.wait_until(is_there, f"wait {' '.join(texts)}")

    def gone(self, text):
        self.wait_until(lambda: text not in self.screen.text(), f"gone {text}")

    def drawn(self):
        self.wait_until(lambda: self.screen.text().strip(), "drawn")

    def watch(self, seconds):
        """Takes what comes for a while."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.read(until)

    # ---- acting ----

    def key(self, *names):
        for name in names:
            self.pressed = time.monotonic()
            os.write(self.fd, key_bytes(name))

    def resize(self, columns, rows):
        self.screen.resize(columns, rows)
        self.set_size(self.fd, columns, rows)

    def exit(self):
        """Waits for the end; the status, or 128 + the signal."""
        deadline = time.monotonic() + self.timeout
        while self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                status = os.waitstatus_to_exitcode(status)
                self.status = status if status >= 0 else 128 - status
                self.seen = time.monotonic()
            elif time.monotonic() > deadline:
                raise Failure("exit: in vain")
            else:
                self.read(min(deadline, time.monotonic() + 0.01))
        self.drain()
        return self.status

    def close(self):
        if self.status is None:
            for pid in process_tree(self.pid):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            os.waitpid(self.pid, 0)
        os.close(self.fd)

    # ---- measuring ----

    def latency(self, count, interval, keys):
        """Seconds from each key to what it does on the screen, and the
        seconds of it in which the two programs waited for a processor."""
        samples = []
        ours = [f"{pid}/schedstat"
                for pid in own_processes(self.pid)]
        ours.append(f"{os.getpid()}/task/{self.reader.native_id}/schedstat")
        for number in range(count):
            name, _, text = keys[number % len(keys)].partition("=")
            before = self.screen.changes
            due = time.monotonic() + interval
            queued = sum(map(queued_seconds, ours))
            self.key(name)
            if text.startswith("!"):
                self.gone(text[1:])
            elif text:
                self.wait(text)
            else:
                self.wait_until(lambda: self.screen.changes != before,
                                f"a change after {name}")
            queued = sum(map(queued_seconds, ours)) - queued
            samples.append((self.seen - self.pressed, queued))
            self.watch(due - time.monotonic())
        return samples

    def peak(self):
        return sum(int(re.search(r"VmHWM:\s*(\d+)",
                                 read_proc(f"{pid}/status"))[1])
                   for pid in own_processes(self.pid))

    def cpu(self, seconds):
        processes = own_processes(self.pid)
        before = sum(map(cpu_seconds, processes))
        begin = time.monotonic()
        self.watch(seconds)
        used = sum(map(cpu_seconds, processes)) - before
        return 100 * used / (time.monotonic() - begin)


# ---- the commands ----

def parse_size(text):
    columns, _, rows = text.partition("x")
    return int(columns), int(rows)


def say(name, value):
    print(name, value, flush=True)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def say_samples(name, samples):
    whole = [taken * 1000 for taken, _ in samples]
    own = [max(0, taken - queued) * 1000 for taken, queued in samples]
    say(f"{name}_p50", f"{percentile(whole, 0.50):.2f}")
    say(f"{name}_p99", f"{percentile(whole, 0.99):.2f}")
    say(f"{name}_max", f"{max(whole):.2f}")
    say(f"{name}_own_p99", f"{percentile(own, 0.99):.2f}")


def perform(terminal, words):
    command, arguments = words[0], words[1:]
    if command in ("wait", "gone", "drawn", "key"):
        getattr(terminal, command)(*arguments)
    elif command == "watch":
        terminal.watch(float(arguments[0]))
    elif command == "resize":
        terminal.resize(*parse_size(arguments[0]))
    elif command == "screen":
        print(terminal.screen.shown(), flush=True)
    elif command == "exit":
        status = terminal.exit()
        if arguments and status != int(arguments[0]):
            raise Failure(f"ended with {status} instead of {arguments[0]}")
    elif command in ("since-start", "since-key"):
        begin = (terminal.started if command == "since-start"
                 else terminal.pressed)
        say(arguments[0], f"{(terminal.seen - begin) * 1000:.2f}")
    elif command == "latency":
        say_samples(arguments[0],
                    terminal.latency(int(arguments[1]),
                                     float(arguments[2]) / 1000,
                                     arguments[3:]))
    elif command == "peak":
        say(arguments[0], terminal.peak())
    elif command == "cpu":
        say(arguments[0], f"{terminal.cpu(float(arguments[1])):.3f}")
    else:
        raise Failure(f"no such command: {command}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--size", type=parse_size, default=(120, 40))
    parser.add_argument("--timeout", type=float, default=60,
                        help="seconds that a wait takes at most")
    parser.add_argument("--script", type=argparse.FileType(), default="-")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    lines = options.script.read().splitlines()
    terminal = Terminal(options.command, *options.size, options.timeout)
    try:
        for line in lines:
            words = shlex.split(line, comments=True)
            if words:
                perform(terminal, words)
    except (Failure, OSError) as failure:
        print(terminal.screen.shown(), file=sys.stderr)
        print(f"pty_drive: {failure}", file=sys.stderr)
        return 1
    finally:
        terminal.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
