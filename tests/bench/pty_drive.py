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

The moment of a screen is when its last byte was read. Between the two ends of
a synchronized update (mode 2026) the screen is not looked at.

As a module: Terminal has these commands as methods, Screen is the emulator.
"""
import argparse
import codecs
import fcntl
import os
import pty
import re
import select
import shlex
import signal
import struct
import sys
import termios
import time
import unicodedata

KEYS = {
    "Enter": "\r", "Esc": "\x1b", "Tab": "\t", "S-Tab": "\x1b[Z",
    "Space": " ", "BS": "\x7f", "Up": "\x1bOA", "Down": "\x1bOB",
    "Right": "\x1bOC", "Left": "\x1bOD", "Home": "\x1bOH", "End": "\x1bOF",
    "PgUp": "\x1b[5~", "PgDn": "\x1b[6~", "F1": "\x1bOP",
}
READ_BYTES = 65536


def key_bytes(name):
    if name in KEYS:
        return KEYS[name].encode()
    if re.fullmatch("C-[a-z]", name):
        return bytes([ord(name[2]) - ord("a") + 1])
    return name.encode()


class Screen:
    """Enough of an xterm to know what it shows.

    `changes` counts the changes of any row but the top one, where clocks are;
    `is_settled` is false within a synchronized update.
    """

    TOKEN = re.compile(
        r"[^\x00-\x1f\x7f]+"
        r"|\x1b\[([0-?]*)[ -/]*([@-~])"
        r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"
        r"|\x1b[PX^_][^\x1b]*\x1b\\"
        r"|\x1b[ -/]+[0-~]"
        r"|\x1b[0-OQ-WYZ`-~\\]"
        r"|[\x00-\x1a\x1c-\x1f\x7f]")
    # Surely one column wide each: for the fast way.
    NARROW = re.compile("[ -\u02ff\u2010-\u22ff\u2500-\u25fc]*")
    BLANK = " "

    def __init__(self, columns, rows):
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.rest = ""
        self.changes = 0
        self.is_settled = True
        self.wraps = True
        self.styles_known = {}
        self.resize(columns, rows)

    def resize(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.cells = [[self.BLANK] * columns for _ in range(rows)]
        self.styles = [[()] * columns for _ in range(rows)]
        self.column = self.row = 0
        self.top, self.bottom = 0, rows - 1
        self.style = ()
        self.saved = (0, 0)
        self.last = self.BLANK

    def lines(self):
        return ["".join(row) for row in self.cells]

    def text(self):
        return "\n".join(self.lines())

    def shown(self):
        """The text without the blanks at the ends of the lines."""
        return "\n".join(line.rstrip() for line in self.lines()).rstrip()

    # ---- text ----

    def put(self, row, column, cells, style):
        """Sets cells, which must be within the row."""
        end = column + len(cells)
        styles = [style] * len(cells)
        if (self.cells[row][column:end] != cells
                or self.styles[row][column:end] != styles):
            self.cells[row][column:end] = cells
            self.styles[row][column:end] = styles
            self.changes += row > 0

    def erase(self, row, begin, end):
        self.put(row, begin, [self.BLANK] * (end - begin), ())

    def write(self, text):
        self.last = text[-1]
        if (self.column + len(text) <= self.columns
                and self.NARROW.fullmatch(text)):
            self.put(self.row, self.column, list(text), self.style)
            self.column += len(text)
            return
        for char in text:
            self.write_char(char)

    def write_char(self, char):
        if unicodedata.combining(char) or char in "\u200b\u200d\ufe0e\ufe0f":
            return
        width = 2 if unicodedata.east_asian_width(char) in "WF" else 1
        if self.column + width > self.columns:
            if self.wraps:
                self.column = 0
                self.line_feed()
            else:
                self.column = self.columns - width
        self.put(self.row, self.column, [char] + [""] * (width - 1),
                 self.style)
        self.column += width

    def scroll(self, top, bottom, count):
        """Up by `count` rows, down by a negative count."""
        for grid, blank in ((self.cells, self.BLANK), (self.styles, ())):
            height = bottom - top + 1
            fresh = [[blank] * self.columns
                     for _ in range(min(abs(count), height))]
            part = grid[top:bottom + 1]
            grid[top:bottom + 1] = (part[count:] + fresh if count > 0
                                    else fresh + part[:height + count])
        self.changes += 1

    def line_feed(self):
        if self.row == self.bottom:
            self.scroll(self.top, self.bottom, 1)
        elif self.row < self.rows - 1:
            self.row += 1

    # ---- control ----

    def control(self, char):
        if char == "\r":
            self.column = 0
        elif char in "\n\v\f":
            self.line_feed()
        elif char == "\b":
            self.column = max(0, min(self.column, self.columns - 1) - 1)
        elif char == "\t":
            self.column = min((self.column // 8 + 1) * 8, self.columns - 1)

    def escape(self, final):
        if final == "7":
            self.saved = (self.row, self.column)
        elif final == "8":
            self.row, self.column = self.saved
        elif final == "M":
            if self.row == self.top:
                self.scroll(self.top, self.bottom, -1)
            elif self.row > 0:
                self.row -= 1
        elif final == "c":
            self.resize(self.columns, self.rows)

    def restyle(self, parameters):
        known = (self.style, parameters)
        if known not in self.styles_known:
            words = [word for word in re.split("[;]", parameters or "0")]
            style = list(self.style)
            for word in words:
                style = [] if word in ("", "0") else style + [word]
            self.styles_known[known] = tuple(style)
        self.style = self.styles_known[known]

    def set_mode(self, parameters, is_on):
        for mode in parameters.lstrip("?").split(";"):
            if mode == "2026":
                self.is_settled = not is_on
            elif mode == "7":
                self.wraps = is_on
            elif mode in ("1049", "1047", "47"):
                self.clear(2)

    def clear(self, kind):
        begin = self.row + 1 if kind == 0 else 0
        end = self.row if kind == 1 else self.rows
        if kind in (0, 1):
            self.clear_line(kind)
        for row in range(begin, end):
            self.erase(row, 0, self.columns)

    def clear_line(self, kind):
        column = min(self.column, self.columns - 1)
        self.erase(self.row, column if kind == 0 else 0,
                   column + 1 if kind == 1 else self.columns)

    def shift(self, count):
        """Characters behind the cursor: to the right, or the left."""
        column = min(self.column, self.columns - 1)
        width = self.columns - column
        row = self.cells[self.row][column:]
        blanks = [self.BLANK] * min(abs(count), width)
        row = (blanks + row if count > 0 else row[-count:] + blanks)[:width]
        self.put(self.row, column, row, self.style)

    def move(self, row, column):
        self.row = max(0, min(row, self.rows - 1))
        self.column = max(0, min(column, self.columns - 1))

    def sequence(self, parameters, final):
        if final == "H":
            row, _, column = parameters.partition(";")
            if row.isdigit() and column.isdigit():
                self.row = min(max(int(row), 1), self.rows) - 1
                self.column = min(max(int(column), 1), self.columns) - 1
                return
        if final == "m":
            if not parameters.startswith((">", "?")):
                self.restyle(parameters)
            return
        if final in "hl":
            if parameters.startswith("?"):
                self.set_mode(parameters, final == "h")
            return
        if parameters and not parameters[0].isdigit() and parameters[0] != ";":
            return
        numbers = [int(word) if word.isdigit() else 0
                   for word in parameters.split(";")] + [0, 0]
        count = max(1, numbers[0])
        if final in "Hf":
            self.move(numbers[0] - 1, max(1, numbers[1]) - 1)
        elif final in "AB":
            self.move(self.row + (count if final == "B" else -count),
                      self.column)
        elif final in "CD":
            self.move(self.row,
                      self.column + (count if final == "C" else -count))
        elif final in "G`":
            self.move(self.row, count - 1)
        elif final == "d":
            self.move(count - 1, self.column)
        elif final == "J":
            self.clear(numbers[0])
        elif final == "K":
            self.clear_line(numbers[0])
        elif final == "X":
            column = min(self.column, self.columns - 1)
            self.erase(self.row, column, min(column + count, self.columns))
        elif final == "b":
            self.write(self.last * count)
        elif final in "@P":
            self.shift(count if final == "@" else -count)
        elif final in "LM":
            self.scroll(self.row, self.bottom, count if final == "M" else -count)
        elif final in "ST":
            self.scroll(self.top, self.bottom, count if final == "S" else -count)
        elif final == "r":
            self.top = count - 1
            self.bottom = (numbers[1] or self.rows) - 1
            self.move(0, 0)

    def feed(self, data):
        text = self.rest + self.decoder.decode(data)
        at = 0
        while at < len(text):
            token = self.TOKEN.match(text, at)
            if not token:
                break
            at = token.end()
            first = text[token.start()]
            if first == "\x1b":
                if token[2]:
                    self.sequence(token[1], token[2])
                elif at - token.start() == 2:
                    self.escape(text[at - 1])
            elif first < " " or first == "\x7f":
                self.control(first)
            else:
                self.write(token[0])
        self.rest = text[at:]


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

    @staticmethod
    def set_size(fd, columns, rows):
        fcntl.ioctl(fd, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, columns, 0, 0))

    # ---- reading ----

    def read(self, until):
        """Takes what the program writes; false when none came in time."""
        patience = max(0, until - time.monotonic())
        if not self.is_open:
            time.sleep(min(patience, 0.01))
            return False
        if not select.select([self.fd], [], [], patience)[0]:
            return False
        try:
            data = os.read(self.fd, READ_BYTES)
        except OSError:
            data = b""
        self.seen = time.monotonic()
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
                for pid in own_processes(self.pid) + [os.getpid()]]
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
