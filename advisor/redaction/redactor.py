"""Hides names behind placeholders that only this request can turn back."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from advisor.redaction.names import TOKEN, Kind, KnownName, fold
from advisor.redaction.patterns import private_spans

_ALPHABET = "23456789BCDFGHJKLMNPQRSTVWXZ"
"""No vowels, so that no placeholder spells a word; no 0 and 1, which models confuse with O and I."""
_SHORTEST, _LONGEST = 4, 12
_PLACEHOLDER = re.compile(
    r"(?<![A-Za-z0-9])((?:CLIENT|PERSON|CONTACT|HOST|ASSET|ADDRESS|MAIL|TEXT)-[2-9][2-9B-DF-HJ-NP-TV-XZ]{3,11})([a-z]{0,3})(?![A-Z0-9])"
)
"""Kind and code; small letters after it tell the spellings of one name apart."""
_GAP = re.compile(r"[\W_]{0,6}")
"""What may stand between the words of a name and still leave it that name."""
_NAME = "\0name"
"""Key of a trie node under which the names that end there are listed; no word is spelled so."""


class _Found(NamedTuple):
    start: int
    end: int
    kind: Kind
    entity: str
    """Empty for what was found by its form."""


class Redactor:
    """Hides names in any number of texts and restores them in replies. One for each request; not for two threads.

    The code of a name is keyed by the client's random reference: the same from day to day, and nobody outside can try
    out which name it stands for. `restore` turns back exactly what was hidden in this request and nothing else.
    """

    def __init__(self, names: Iterable[KnownName], key: str) -> None:
        self._key = key.encode()
        self._trie: dict[str, Any] = {}
        for name in names:
            node = self._trie
            for word in TOKEN.findall(name.text):
                node = node.setdefault(fold(word), {})
            if node is not self._trie:
                node.setdefault(_NAME, []).append(name)
        self._shown: dict[str, str] = {}
        self._hidden: dict[tuple[Kind, str, str], str] = {}
        self._bases: dict[str, tuple[Kind, str]] = {}
        self._spellings: dict[tuple[Kind, str], int] = {}

    @property
    def count(self) -> int:
        """How many different texts were hidden."""
        return len(self._shown)

    def hide(self, text: str) -> str:
        """The text with every known name, and every address by its form, replaced by a placeholder."""
        pieces: list[str] = []
        last = 0
        for found in _merged(text, [*self._names(text), *_forms(text)]):
            pieces += [text[last : found.start], self._placeholder(found, text[found.start : found.end])]
            last = found.end
        return "".join([*pieces, text[last:]])

    def restore(self, text: str) -> str:
        """The text with this request's placeholders turned back; one that was never given stays as it is."""
        return self._restored(text, str)

    def restore_json(self, text: str) -> str:
        """As `restore`, for text that is JSON or the beginning of some: names are written as JSON strings have them."""
        return self._restored(text, lambda name: json.dumps(name)[1:-1])

    def _restored(self, text: str, written: Callable[[str], str]) -> str:
        def back(found: re.Match[str]) -> str:
            base, ending = found.groups()
            for cut in range(len(ending), -1, -1):
                if base + ending[:cut] in self._shown:
                    return written(self._shown[base + ending[:cut]]) + ending[cut:]
            return found.group()

        return _PLACEHOLDER.sub(back, text)

    def _names(self, text: str) -> Iterator[_Found]:
        """The longest known name at every word of the text; they may overlap."""
        words = list(TOKEN.finditer(text))
        folded = [fold(word.group()) for word in words]
        for at, first in enumerate(words):
            node = self._trie.get(folded[at])
            best: _Found | None = None
            last = at
            while node is not None:
                for name in node.get(_NAME, ()):
                    surface = [word.group() for word in words[at : last + 1]]
                    if not name.exact_case or surface == TOKEN.findall(name.text):
                        best = _Found(first.start(), words[last].end(), name.kind, name.entity)
                        break
                last += 1
                if last == len(words) or not _GAP.fullmatch(text, words[last - 1].end(), words[last].start()):
                    break
                node = node.get(folded[last])
            if best is not None:
                yield best

    def _placeholder(self, found: _Found, surface: str) -> str:
        entity = found.entity or " ".join(fold(surface).split())
        key = (found.kind, entity, surface)
        if key not in self._hidden:
            count = self._spellings.get((found.kind, entity), 0)
            self._spellings[found.kind, entity] = count + 1
            placeholder = self._base(found.kind, entity) + _letters(count)
            self._hidden[key] = placeholder
            self._shown[placeholder] = surface
        return self._hidden[key]

    def _base(self, kind: Kind, entity: str) -> str:
        """Kind and code of an entity: four signs of a keyed hash, more where two entities would share them."""
        number = int.from_bytes(hmac.digest(self._key, f"{kind}\0{entity}".encode(), hashlib.sha256), "big")
        code = str(2 + number % 8)
        number //= 8
        while len(code) < _LONGEST:
            code += _ALPHABET[number % len(_ALPHABET)]
            number //= len(_ALPHABET)
        for length in range(_SHORTEST, _LONGEST + 1):
            base = f"{kind}-{code[:length]}"
            if self._bases.setdefault(base, (kind, entity)) == (kind, entity):
                return base
        raise AssertionError("two names share 55 bits of a keyed hash")


def _forms(text: str) -> Iterator[_Found]:
    """What is hidden by its form. Text that looks like a placeholder is hidden too, so that no reply restores it."""
    yield from (_Found(span.start, span.end, span.kind, "") for span in private_spans(text))
    yield from (_Found(*found.span(), "TEXT", "") for found in _PLACEHOLDER.finditer(text))


def _merged(text: str, found: list[_Found]) -> Iterator[_Found]:
    """Pieces that do not touch each other, in order: what overlaps is hidden as one, of the kind of its longest part.

    Each piece reaches from the beginning of a word to the end of one, so that no placeholder is glued to a letter.
    """
    group: list[_Found] = []
    end = -1
    for span in sorted(_whole_words(text, one) for one in found):
        if group and span.start > end:
            yield _union(group, end)
            group = []
        group.append(span)
        end = max(end, span.end) if len(group) > 1 else span.end
    if group:
        yield _union(group, end)


def _union(group: list[_Found], end: int) -> _Found:
    longest = max(group, key=lambda span: (span.end - span.start, span.entity))
    same = longest.start == group[0].start and longest.end == end
    return _Found(group[0].start, end, longest.kind, longest.entity if same else "")


def _whole_words(text: str, span: _Found) -> _Found:
    start, end = span.start, span.end
    while start > 0 and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum():
        end += 1
    return span._replace(start=start, end=end)


def _letters(number: int) -> str:
    """0 gives nothing, 1 `a`, 26 `z`, 27 `aa`."""
    letters = ""
    while number:
        number, digit = divmod(number - 1, 26)
        letters = "abcdefghijklmnopqrstuvwxyz"[digit] + letters
    return letters
