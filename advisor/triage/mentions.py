"""Finds every name of every subject in a text in one pass (Aho-Corasick), longest name first."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import NamedTuple

import ahocorasick

from advisor.triage.lexicon import lexicon
from advisor.triage.masks import Reading, compact, words
from advisor.triage.names import Form

Key = tuple[str, str, str]
"""What a form belongs to: `("product", vendor, product)` and `("vendor", name, "")` of a subject; `("known", …)`,
`("maker", …)` and `("longer", "", "")` of the shipped knowledge."""

LONGER: Key = ("longer", "", "")

_Named = Sequence[tuple[Key, Form]]
"""The names that are written in one way, each with its form."""
_Span = tuple[int, int]
"""Token indexes, end exclusive."""


class Mention(NamedTuple):
    """One form of one name, found in a text. Token indexes, end exclusive."""

    key: Key
    form: Form
    first: int
    last: int

    @property
    def size(self) -> int:
        """Characters of the name, without what stands between its tokens."""
        return len(self.form.key)


class Automaton:
    """All forms of all names; names can be added and taken away, the automaton follows at the next scan."""

    def __init__(self) -> None:
        self._forms: dict[str, dict[Key, Form]] = {}
        self._users: dict[Key, int] = {}
        self._keys: dict[Key, tuple[Form, ...]] = {}
        self._machine: ahocorasick.Automaton | None = None
        blank = tuple(
            Form(text=name, key=compact(name), level="sure", origin="name") for name in lexicon().longer_names
        )
        self._insert(LONGER, blank)

    def _insert(self, key: Key, forms: tuple[Form, ...]) -> None:
        for form in forms:
            owners = self._forms.get(form.key)
            if owners is None:
                self._forms[form.key] = {key: form}
            else:
                owners[key] = form

    def add(self, key: Key, forms: tuple[Form, ...]) -> None:
        """Registers a name once more; only the first registration changes the automaton."""
        self._users[key] = self._users.get(key, 0) + 1
        if self._users[key] > 1:
            return
        self._keys[key] = forms
        self._insert(key, forms)
        self._machine = None

    def remove(self, key: Key) -> None:
        """Takes one registration back; the last one removes the name's forms."""
        left = self._users.get(key, 0) - 1
        if left > 0:
            self._users[key] = left
            return
        self._users.pop(key, None)
        for form in self._keys.pop(key, ()):
            owners = self._forms.get(form.key, {})
            owners.pop(key, None)
            if not owners:
                self._forms.pop(form.key, None)
        self._machine = None

    def __len__(self) -> int:
        return len(self._forms)

    def _compiled(self) -> ahocorasick.Automaton:
        """The automaton: spelling -> its length less one, the names written so, and whether all are in any case."""
        if self._machine is None:
            machine = ahocorasick.Automaton()
            for text, owners in self._forms.items():
                named = tuple(owners.items())
                loose = True
                for key, form in named:
                    if key is not LONGER and (form.exact or form.literal):
                        loose = False
                machine.add_word(text, (len(text) - 1, named, loose))
            machine.make_automaton()
            self._machine = machine
        return self._machine

    def scan(self, reading: Reading) -> list[Mention]:
        """Mentions in text order. A name inside a longer name that means something else is left out.

        Work grows with the length of the text plus the number of matches, not with the number of names.
        """
        if not reading.starts:
            return []
        begin = {position: index for index, position in enumerate(reading.compact_starts)}
        begin[len(reading.compacted)] = len(reading.starts)
        spans: dict[_Span, _Named] = {}
        for end, (size, named, loose) in self._compiled().iter(reading.compacted):
            first = begin.get(end - size)
            if first is None:
                continue  # most matches begin or end inside a word
            last = begin.get(end + 1)
            if last is None:
                continue
            # tokens with nothing but blanks before and between them are written as every form is that asks for no more
            bare = (not first or reading.gap(first - 1) == " ") and (
                last - first == 1 or (size >= 5 and all(reading.gap(index) == " " for index in range(first, last - 1)))
            )
            if bare and loose:
                spans[(first, last)] = named
                continue
            fitting = [
                (key, form)
                for key, form in named
                if key is LONGER
                or (bare and not form.exact and not form.literal)
                or _as_written(form, reading, first, last)
            ]
            if fitting:
                spans[(first, last)] = fitting
        return _longest(spans, reading)


def _as_written(form: Form, reading: Reading, first: int, last: int) -> bool:
    """Whether the characters around and inside the match fit the form."""
    if form.exact and reading.original(first) != form.exact:
        return False
    joined = reading.gap(first - 1) if first else ""
    if joined in (".", "/", "_", "\\", "@", "::") and form.level != "sure":
        return False  # a file name, a path, an identifier
    if form.literal and not reading.gap(last - 1).startswith(form.literal):
        return False
    if last - first > 1:
        # "pen test" may be written "pentest", but a gap with a sentence end or a bracket is not inside a name
        for index in range(first, last - 1):
            gap = reading.gap(index)
            if (
                (len(gap) > 3 and not gap.isspace())
                or ". " in gap
                or any(char in gap and char not in form.text for char in ';:!?\n"')
            ):
                return False
        if len(form.key) < 6 and last - first > len(words(form.text)):
            return False
    return True


def _longest(spans: dict[_Span, _Named], reading: Reading) -> list[Mention]:
    found: list[Mention] = []
    open_spans: list[_Span] = []
    reach = 0  # where the last of them ends
    covers: dict[_Span, _Cover] = {}
    for span in sorted(spans, key=lambda span: (span[0], -span[1])):
        first, last = span
        named = spans[span]
        around: list[_Span] = []
        if first < reach:
            open_spans = [other for other in open_spans if other[1] > first]
            # what is open began before this or is longer: it holds this one where it does not end before it
            around = [other for other in open_spans if last <= other[1]]
        else:
            open_spans = []
        if not around:
            found += [Mention(key, form, first, last) for key, form in named if key is not LONGER]
        else:
            for other in around:
                if other not in covers:
                    covers[other] = _Cover(spans[other])
            hidden = _hidden_keys(span, [(other, covers[other]) for other in around], named, reading)
            if hidden is not None:
                named = [(key, form) for key, form in named if key is not LONGER and key not in hidden]
                found += [Mention(key, form, first, last) for key, form in named]
        open_spans.append(span)
        reach = max(reach, last)
    return found


class _Cover:
    """What the names of one span take over from the names inside it."""

    def __init__(self, named: _Named) -> None:
        self.owners = {key for key, _ in named}
        self.products = {key for key in self.owners if key[0] in ("product", "known")}
        """Empty where the names inside it are left as they are."""
        names = [form.text for key, form in named if key in self.products]
        if all(" and " in text or "," in text or "&" in text for text in names):
            self.products = set()  # a list of names, not one of them


def _hidden_keys(
    span: _Span, covers: Sequence[tuple[_Span, _Cover]], named: _Named, reading: Reading
) -> Set[Key] | None:
    """Which names of this span a longer one takes over: a set, or None for all of them."""
    lex = lexicon()
    hidden: set[Key] = set()
    for other, cover in covers:
        if LONGER in cover.owners:
            if len(cover.owners) > 1:
                hidden |= {key for key, _ in named} - cover.owners
                continue
            return None
        if not cover.products:
            continue
        extra = [reading.token(index) for index in range(other[0], other[1]) if not span[0] <= index < span[1]]
        telling = [token for token in extra if token not in lex.generic_tail and not token.isdigit()]
        if not telling:
            continue
        vendors = {name for key in cover.products for name in lex.related_vendors(key[1])}
        joined = "".join(extra)
        if not vendors.issuperset(telling) and joined not in vendors:
            hidden |= {
                key
                for key, _ in named
                if key[0] in ("product", "known")
                and key not in cover.products
                and joined not in lex.related_vendors(key[1])
            }
    return hidden
