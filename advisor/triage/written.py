"""Reads how a name is written in a text, and the capitalised words that stand directly beside it."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.triage.lexicon import lexicon
from advisor.triage.masks import Reading


def capitalised(reading: Reading, first: int, last: int) -> bool:
    """True where every telling word of the mention starts with a capital or a digit (camel case counts)."""
    if last - first == 1:
        word = reading.original(first)
        return (not word[0].islower() or any(map(str.isupper, word))) and word.lower() not in _JOINTS
    told = False
    for index in range(first, last):
        word = reading.original(index)
        if word.lower() in _JOINTS:
            continue
        if word[0].islower() and not any(map(str.isupper, word)):
            return False
        told = True
    return told


_JOINTS = frozenset({"for", "and", "of", "the", "to", "in", "a", "with", "on", "by", "or"})


def upper_case(reading: Reading, first: int, last: int) -> bool:
    """True where the mention is written in capitals, as abbreviations are."""
    return not any(any(map(str.islower, reading.original(index))) for index in range(first, last))


_JOINING = frozenset({"for", "by", "with"})
_INSIDE = frozenset({" ", "-", "_", "  ", "    ", "     ", "/"})
"""What may stand between two words of one name; so many spaces are left of `(R)` and `(TM)`."""


def name_extras(reading: Reading, first: int, last: int) -> tuple[list[str], list[str]]:
    """Capitalised words that stand directly before and after a mention: the name may be part of a longer one."""
    left: list[str] = []
    ordinary = lexicon().lists["ordinary_capitals"]
    low = reading.sentence(reading.sentence_of(reading.starts[first]))[0]
    index = first - 1
    while index >= 0 and reading.starts[index] >= low and reading.gap(index) in _INSIDE and len(left) < 6:
        word = reading.original(index)
        if word == "my" and reading.original(index - 1)[:1].isupper():
            left.insert(0, word)
            index -= 1
            continue
        if (
            not (word[:1].isupper() or word[:1].isdigit() or reading.gap(index) in ("-", "_"))
            or word.lower() in ordinary
        ):
            break
        left.insert(0, reading.token(index))
        index -= 1
    right: list[str] = []
    index = last
    while index < len(reading.starts) and reading.gap(index - 1) in _INSIDE and len(right) < 6:
        word = reading.original(index)
        if word in _JOINING:
            onward = reading.original(index + 1)
            if onward[:1].isupper() and onward.lower() not in lexicon().lists["os_names"]:
                right.append(word)
                break
        if (
            not (word[:1].isupper() or (word[:1].isalnum() and reading.gap(index - 1) in ("-", "_")))
            or word.lower() in ordinary
        ):
            break
        right.append(reading.token(index))
        index += 1
    return left, right


def by_maker(reading: Reading, last: int, right: Sequence[str], vendors: frozenset[str]) -> bool:
    """The name goes on with its vendor: `Lathe by Acme` of `acme-tools`."""
    if right[-1] != "by":
        return False
    index = next((at for at in range(last, min(last + 8, len(reading.starts))) if reading.token(at) == "by"), None)
    maker = reading.token(index + 1) if index is not None else ""
    return len(maker) >= 3 and any(vendor.startswith(maker) for vendor in vendors)
