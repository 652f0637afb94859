"""Puts the words that a PDF page draws together again: lines, paragraphs, list items, table rows (pure)."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Protocol

_BULLETS = "•‣◦▪▫●○■□–—-*·o\uf0b7\uf0a7\uf0d8\uf0fc\uf076"
_BULLET = re.compile(rf"^[{re.escape(_BULLETS.replace('o', ''))}]\s+\S")
_LABEL = re.compile(
    r"^(?:\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})[.):]|(?:\d{1,3}|[A-Z])(?:\.\d{1,3}){1,5}[.):]?|§+\s*\d+[a-z]?)$"
)
_CLAUSE_START = re.compile(r"^(?:(?:\d{1,3}|[A-Z])(?:\.\d{1,3}){1,5}[.):]?|\d{1,3}\.|\(?[a-z][.)]|\([ivx]{1,5}\))\s+\S")
_CONTENTS = re.compile(r"(?:\.\s?){5,}\s*(?:\d{1,4}|[ivxl]{1,6})\s*$")
_SENTENCE_END = re.compile(r"[.!?:;][”\"')\]]?$")
_CELL_GAP = 1.8
"""Blank of so many letter sizes parts two cells of a row."""
_WORD_GAP = 0.14


class Drawn(Protocol):
    """What is needed of a run."""

    text: str
    x0: float
    x1: float
    y: float
    size: float
    bold: bool
    angle: int


@dataclass
class Line:
    """Words on one baseline."""

    y: float
    size: float
    angle: int
    cells: list[list[float | str]] = field(default_factory=list)
    """[left, right, words] of each piece that a wide blank parts from the next."""
    bold: int = 0
    letters: int = 0
    sizes: Counter[float] = field(default_factory=Counter)
    """Letter sizes with the number of letters; `size` is the commonest."""

    @property
    def x0(self) -> float:
        """Left end."""
        return min(float(cell[0]) for cell in self.cells)

    @property
    def x1(self) -> float:
        """Right end."""
        return max(float(cell[1]) for cell in self.cells)

    @property
    def text(self) -> str:
        """All words."""
        return " | ".join(" ".join(str(cell[2]).split()) for cell in self.cells)


@dataclass
class Block:
    """Lines that belong together."""

    lines: list[Line]
    row: list[Block] = field(default_factory=list)
    """Further cells of the same row of a table, to the right."""
    x0: float = 0.0
    """Left end."""
    x1: float = 0.0
    """Right end."""

    def __post_init__(self) -> None:
        """Takes the ends from the first line."""
        self.x0, self.x1 = self.lines[0].x0, self.lines[0].x1

    def add(self, line: Line) -> None:
        """Takes a further line."""
        self.lines.append(line)
        self.x0, self.x1 = min(self.x0, line.x0), max(self.x1, line.x1)

    @property
    def top(self) -> float:
        """Height of the first line's top."""
        return self.lines[0].y + self.lines[0].size * 0.8

    @property
    def bottom(self) -> float:
        """Height of the last line's foot."""
        return self.lines[-1].y - self.lines[-1].size * 0.25

    @property
    def is_row(self) -> bool:
        """Whether it is a row of a table."""
        return bool(self.row) or any(len(line.cells) > 1 for line in self.lines)


def make_lines(runs: Iterable[Drawn]) -> list[Line]:
    """Lines in the order in which the page draws them."""
    lines: list[Line] = []
    for run in runs:
        line = lines[-1] if lines else None
        if line is None or not _continues(line, run):
            if not run.text.strip():
                continue
            line = Line(run.y, run.size, run.angle)
            lines.append(line)
            line.cells.append([run.x0, run.x1, run.text])
        else:
            cell = line.cells[-1]
            gap = run.x0 - float(cell[1])
            size = max(line.size, run.size)
            if gap > _CELL_GAP * size and run.text.strip() and str(cell[2]).strip():
                line.cells.append([run.x0, run.x1, run.text])
            else:
                if gap < -0.1 * size and str(cell[2]).endswith(" "):
                    cell[2] = str(cell[2])[:-1]  # drawn over: a blank that stands for a soft hyphen
                blank = " " if gap > _WORD_GAP * size and not str(cell[2]).endswith(" ") else ""
                cell[1], cell[2] = max(float(cell[1]), run.x1), f"{cell[2]}{blank}{run.text}"
        letters = len(run.text.strip())
        line.sizes[run.size] += letters
        line.letters += letters
        line.bold += letters if run.bold else 0
    for line in lines:
        line.size = max(line.sizes, key=lambda size: line.sizes[size])
        _merge_label(line)
    return [line for line in lines if line.text.strip(" |")]


def make_blocks(lines: Sequence[Line]) -> list[Block]:
    """Paragraphs, list items and table rows, in the order of the lines."""
    steps = [
        (before.y - line.y) / line.size
        for before, line in itertools.pairwise(lines)
        if line.angle == before.angle and line.size and 0.5 < (before.y - line.y) / line.size < 2.5
    ]
    leading = min(max(median(steps), 1.0), 1.7) if steps else 1.3
    blocks: list[Block] = []
    for line in lines:
        last = blocks[-1].row[-1] if blocks and blocks[-1].row else (blocks[-1] if blocks else None)
        if last is not None and _same_paragraph(last, line, leading):
            last.add(line)
        elif last is not None and _same_row(last, line):
            blocks[-1].row.append(Block([line]))
        else:
            blocks.append(Block([line]))
    return blocks


def words_of(lines: Sequence[Line], known: Counter[str]) -> str:
    """The lines as one text; a word that a hyphen parts at the end of a line is put together again.

    Args:
        known: words of the document, lower case, with their counts: whether `third-` and `party` are one word or two
            is decided by how the document writes them elsewhere.
    """
    text = ""
    for line in lines:
        words = line.text
        if text.endswith("\u00ad"):
            text = text[:-1] + words
        elif len(text) > 2 and text[-1] in "-\u2010" and text[-2].isalpha() and words[:1].islower():
            head = re.split(r"[\s|]", text[:-1])[-1]
            tail = re.split(r"[\s|.,;:)]", words)[0]
            keep = _keeps_hyphen(head.lower(), tail.lower(), known)
            text = (text if keep else text[:-1]) + words
        else:
            text = f"{text} {words}" if text else words
    return text


def block_words(block: Block, known: Counter[str]) -> str:
    """A block's text; cells of a row are parted by bars."""
    return " | ".join([words_of(block.lines, known), *(words_of(cell.lines, known) for cell in block.row)])


def vocabulary(lines: Iterable[Line]) -> Counter[str]:
    """Words and hyphenated words inside lines."""
    known: Counter[str] = Counter()
    for line in lines:
        # The last word of a line may be half of one.
        known.update(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", line.text.lower())[:-1])
    return known


def is_contents(text: str) -> bool:
    """Whether it is a line of a table of contents: dots and a page number."""
    return bool(_CONTENTS.search(text))


def split_mark(text: str) -> tuple[bool, str, str]:
    """(is a list item, its label, the rest): a bullet has no label; a clause number stays in the text."""
    if _BULLET.match(text) or (text[:2] == "o " and text[2:3].isupper()):
        return True, "", text[1:].strip()
    found = re.match(r"^(\(?(?:\d{1,3}|[A-Za-z]|[ivx]{1,5})[.)])\s+(?=\S)", text)
    return (True, found[1], text[found.end() :]) if found else (False, "", text)


def _continues(line: Line, run: Drawn) -> bool:
    """Whether a run goes on where the line ends."""
    size = max(line.size, run.size)
    if run.angle != line.angle or run.x0 < float(line.cells[-1][1]) - 0.6 * size:
        return False
    small = min(line.size, run.size) < 0.8 * size  # raised and lowered marks
    return abs(run.y - line.y) < (0.55 if small else 0.25) * size


def _merge_label(line: Line) -> None:
    """A bullet or number that stands apart belongs to the words after it."""
    while len(line.cells) > 1:
        first = str(line.cells[0][2]).strip()
        if not (first in _BULLETS or _LABEL.match(first)) or float(line.cells[1][0]) - float(line.cells[0][1]) > (
            8 * line.size
        ):
            return
        second = line.cells.pop(1)
        line.cells[0][1], line.cells[0][2] = second[1], f"{first} {second[2]}"


def _same_paragraph(block: Block, line: Line, leading: float) -> bool:
    before = block.lines[-1]
    # A typewriter face inside a sentence is often set a size smaller.
    allowed = 0.08 if _SENTENCE_END.search(before.text) or _mostly_bold(before) else 0.17
    if line.angle != before.angle or abs(line.size - before.size) > allowed * before.size:
        return False
    step = (before.y - line.y) / max(line.size, 0.1)
    # In a table a wider step begins the next row.
    if not 0.5 < step <= (1.4 if block.is_row else leading * 1.25 + 0.08):
        return False
    if line.x0 > block.x1 or line.x1 < block.x0:
        return False
    if len(line.cells) > 1 or _BULLET.match(line.text) or _CLAUSE_START.match(line.text) or is_contents(before.text):
        return False
    if _mostly_bold(line) != _mostly_bold(before) and len(block.lines) < 3:
        return False
    short = before.x1 < block.x1 - 0.2 * (block.x1 - block.x0) or (
        len(block.lines) == 1 and line.x1 > before.x1 + 0.25 * (line.x1 - line.x0)
    )
    return not (short and _SENTENCE_END.search(before.text) and line.text[:1].isupper())


def _same_row(block: Block, line: Line) -> bool:
    """Whether a line starts to the right of a block and at its height: the next cell of a row."""
    if line.angle or block.lines[0].angle or line.x0 < block.x1 - 0.2 * line.size:
        return False
    top = line.y + line.size * 0.8
    return block.bottom < line.y and top <= block.top + 0.6 * line.size and len(block.lines) <= 40


def _mostly_bold(line: Line) -> bool:
    return line.bold > 0.6 * line.letters


def _keeps_hyphen(head: str, tail: str, known: Counter[str]) -> bool:
    last = head.rpartition("-")[2]
    if known[f"{head}-{tail}"] or (known[f"{head}{tail}"] == 0 and known[last] and known[tail]):
        return True
    return not known[f"{head}{tail}"] and last in _OFTEN_FIRST


_WORDS = (
    "multi self non third well post pre co re high low long short cross real cloud risk on off in out up end full one "
    "two three single dual anti counter cyber read write day time open zero air state hard soft built"
)
_OFTEN_FIRST = frozenset(_WORDS.split())
"""Words that are more often joined to the next by a hyphen than cut by one."""
