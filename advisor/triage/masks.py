"""Reads a text once for matching: same-length folding, tokens, sentences and hidden identifiers, all with offsets."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

IDENTIFIERS = re.compile(
    r"\bCVE-\d{4}-\d{4,}\b|\bGHSA(?:-[0-9a-z]{4}){3}\b|\b(?:ICSA|ICSMA|VU|ZDI|EUVD|JVNDB)[-#]\d[\w-]*", re.IGNORECASE
)
"""Names of vulnerabilities and advisories: they never decide whether a text means a product."""

_IDENTIFIER_HEADS = ("cve-", "ghsa-", "icsa", "icsma", "vu-", "vu#", "zdi", "euvd", "jvndb")

_URL = re.compile(r"\bhttps?://[^\s<>\")\]]+|\bwww\.[^\s<>\")\]]+", re.IGNORECASE)
_HEADLINE = re.compile(r"\[(?:[^\[\]\s]+\s+){3,40}[^\[\]\s]+\s*\](?=\(https?://)", re.IGNORECASE)
"""The label of a link, of four words or more: the headline of another story, which is judged by itself."""
_MARKS = re.compile(r"\((?:R|TM)\)|[®™]")
_TOKEN = re.compile(r"[a-z0-9]+")
_GAPS_AND_TOKENS = re.compile(r"([a-z0-9]+)")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_ABBREVIATION = re.compile(
    r"(?:\b(?:v|vs|e\.g|i\.e|etc|inc|corp|ltd|co|no|ver|rev|dr|mr|ms|st|u\.s|u\.k|approx|incl)|\b[A-Z])\.$",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(
    r"[.!?…](?=[\s\"'”’)\]]|$)|\n\s*\n|\n(?=\s*(?:[-*•#]|\d+\.\s))|\s[-–—]{3,}\s|={3,}|;\s(?=[A-Z])"
)


def mask_identifiers(text: str) -> str:
    """The text with CVE, GHSA and similar ids overwritten by spaces; length and offsets stay."""
    folded = text.lower()
    if not any(head in folded for head in _IDENTIFIER_HEADS):
        return text
    return IDENTIFIERS.sub(lambda found: " " * len(found.group()), text)


@lru_cache(maxsize=4_096)
def _fold_char(char: str) -> str:
    for part in unicodedata.normalize("NFKD", char):
        if part.isalnum():
            return part.lower()[0]
    return char if char.isspace() or unicodedata.category(char).startswith("P") else " "


def fold(text: str) -> str:
    """Lower case without accents, one character for one: offsets in the result are offsets in the text."""
    if text.isascii():
        return text.lower()
    return _NOT_ASCII.sub(lambda found: _fold_char(found.group()), text).lower()


@lru_cache(maxsize=200_000)
def compact(name: str) -> str:
    """A name without case, accents and punctuation: `BIG-IP` and `Big IP` are both `bigip`."""
    if name.isascii() and name.isalnum():
        return name.lower()
    return "".join(words(name))


@lru_cache(maxsize=200_000)
def words(name: str) -> tuple[str, ...]:
    """The tokens of a name, folded."""
    if name.isascii() and name.isalnum():
        return (name.lower(),)
    return tuple(_TOKEN.findall(fold(name)))


@dataclass(frozen=True, slots=True)
class Reading:
    """One text, read for matching. All positions are offsets in `raw` and in `source` alike."""

    source: str
    """The text as given."""
    raw: str
    """The text with identifiers, links and trade marks overwritten by spaces."""
    folded: str
    starts: tuple[int, ...]
    """Offset of each token's first character."""
    ends: tuple[int, ...]
    """Offset after each token's last character."""
    compacted: str
    """The tokens without anything between them."""
    compact_starts: tuple[int, ...]
    """Where each token starts in `compacted`."""
    sentence_starts: tuple[int, ...]
    """Offset of each sentence's first character, in order; the first is 0."""

    def token(self, index: int) -> str:
        """The folded token at an index, empty outside the text."""
        return self.folded[self.starts[index] : self.ends[index]] if 0 <= index < len(self.starts) else ""

    def original(self, index: int) -> str:
        """The token as written, empty outside the text."""
        return self.raw[self.starts[index] : self.ends[index]] if 0 <= index < len(self.starts) else ""

    def gap(self, index: int) -> str:
        """What stands between the token at `index` and the one after it."""
        end = self.starts[index + 1] if index + 1 < len(self.starts) else len(self.raw)
        return self.raw[self.ends[index] : end] if 0 <= index < len(self.ends) else ""

    def sentence_of(self, offset: int) -> int:
        """Number of the sentence that holds an offset."""
        return bisect_right(self.sentence_starts, offset) - 1

    def sentence(self, number: int) -> tuple[int, int]:
        """Start and end offset of a sentence."""
        end = self.sentence_starts[number + 1] if number + 1 < len(self.sentence_starts) else len(self.raw)
        return self.sentence_starts[number], end


def _sentence_starts(text: str) -> tuple[int, ...]:
    starts = [0]
    for found in _SENTENCE_END.finditer(text):
        if found.group() == "." and _ABBREVIATION.search(text, max(0, found.start() - 8), found.end()):
            continue
        if found.end() < len(text):
            starts.append(found.end())
    return tuple(starts)


def read(text: str) -> Reading:
    """Reads a text: identifiers, links and the headlines they lead to are blanked first, so none names a product."""
    raw = mask_identifiers(text)
    if "](" in raw:
        raw = _HEADLINE.sub(lambda found: " " * len(found.group()), raw)
    if "://" in raw or "www." in raw.lower():
        raw = _URL.sub(lambda found: " " * len(found.group()), raw)
    if "(R)" in raw or "(TM)" in raw or "®" in raw or "™" in raw:
        raw = _MARKS.sub(lambda found: " " * len(found.group()), raw)
    folded = fold(raw)
    # gaps and tokens in turn, a gap at both ends
    pieces = _GAPS_AND_TOKENS.split(folded)
    tokens = pieces[1::2]
    offsets = tuple(accumulate(map(len, pieces)))
    return Reading(
        source=text,
        raw=raw,
        folded=folded,
        starts=offsets[:-1:2],
        ends=offsets[1::2],
        compacted="".join(tokens),
        compact_starts=tuple(accumulate(map(len, tokens[:-1]), initial=0)) if tokens else (),
        sentence_starts=_sentence_starts(raw),
    )
