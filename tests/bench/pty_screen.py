"""A terminal emulator for tests: enough of an xterm to know what it shows.

    screen = Screen(120, 40)
    screen.feed(bytes_of_the_program)
    screen.text(), screen.lines(), screen.cells[row][column]

Understands what full-screen programs draw with: text, wide characters roughly,
cursor movement, erasing, scrolling, SGR as opaque style. Answers nothing.
"""
import codecs
import re
import unicodedata


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
            self.scroll(self.row, self.bottom,
                        count if final == "M" else -count)
        elif final in "ST":
            self.scroll(self.top, self.bottom,
                        count if final == "S" else -count)
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
