"""The packs that an id is looked up in: the shipped ones, and copies that a user imported."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from knowledge.errors import NotFoundError
from knowledge.frameworks.loader import Pack, framework_ids, frameworks, load_pack
from knowledge.frameworks.schemes import FILLER, SCHEMES, imported_pattern, name_pattern
from knowledge.records.framework import Framework, Requirement

Key = tuple[str, ...]
_TOKEN = re.compile(r"[^\W\d_]+|\d+|§+")


def tokens(text: str) -> Key:
    """Words and numbers of a text, case folded, leading zeros gone: `AC-02(01)` gives `ac 2 1`."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return tuple(t.lstrip("0") or "0" if t.isdigit() else t for t in _TOKEN.findall(plain))


def key(text: str) -> Key:
    """What spellings of one id have in common: its tokens without words such as `Article`, `paragraph`, `req`."""
    return tuple(t for t in tokens(text) if t not in FILLER and not t.startswith("§"))


@dataclass(frozen=True)
class Match:
    """A row of a framework."""

    framework: Framework
    requirement: Requirement

    @property
    def label(self) -> str:
        """`SP 800-53 r5 AC-2`."""
        return f"{self.framework.short} {self.requirement.id}"


@dataclass(frozen=True)
class Catalogue:
    """Shipped packs, loaded when first asked for, beside imported ones."""

    imported: tuple[Pack, ...] = ()
    _names: dict[str, re.Pattern[str]] = field(default_factory=dict, repr=False, compare=False)
    _keys: dict[str, Mapping[Key, Requirement]] = field(default_factory=dict, repr=False, compare=False)

    def with_imported(self, packs: Iterable[Pack]) -> Catalogue:
        """The same with imported copies beside the shipped packs."""
        return Catalogue((*self.imported, *packs))

    @property
    def heads(self) -> tuple[Framework, ...]:
        """Heads of all packs, shipped first."""
        return (*frameworks(), *(pack.framework for pack in self.imported))

    def pack(self, framework_id: str) -> Pack:
        """A pack by its id.

        Raises:
            NotFoundError: no such pack.
        """
        for pack in self.imported:
            if pack.id == framework_id:
                return pack
        return load_pack(framework_id)

    def find(self, name: str) -> Framework:
        """The framework that a person means: its id, its short name, its title, or a usual name (`CSF`, `ISO 27001`).

        Raises:
            NotFoundError: none or several of that name; the hint lists the ids.
        """
        wanted = " ".join(name.split()).casefold()
        for head in self.heads:
            if wanted in {head.id, head.short.casefold(), head.title.casefold(), head.urn.casefold()}:
                return head
        named = [i for i in SCHEMES if i in framework_ids() and name_pattern(i).fullmatch(wanted)]
        started = [head.id for head in self.heads if head.id.startswith(wanted)] if wanted else []
        worded = [i for i in framework_ids() if wanted in re.split(r"[-.]", i)]
        for found in (named, started, worded):
            if len(found) == 1:
                return self.pack(found[0]).framework
        raise NotFoundError(
            "no such framework" if not started else "several frameworks start with this",
            subject=name[:60],
            hint=f"Known ids: {', '.join(started or [head.id for head in self.heads])}.",
        )

    @property
    def own(self) -> tuple[Pack, ...]:
        """Imported frameworks that are no copy of a shipped pack."""
        return tuple(pack for pack in self.imported if not pack.framework.extends)

    def names_in(self, text: str) -> tuple[tuple[int, int, str], ...]:
        """Where a text names frameworks: (start, end, id) by start. An imported one's name stands over what is in it.

        `NIST CSF 1.1` names the framework of that title where it was imported, and not CSF 2.0 as well.
        """
        mine = [(*hit.span(), pack.id) for pack in self.own for hit in self._name_of(pack).finditer(text)]
        mine = [one for one in mine if not any(_inside(one, other) for other in mine)]
        shipped_ = [(*hit.span(), i) for i in SCHEMES for hit in name_pattern(i).finditer(text)]
        return tuple(sorted((*mine, *(one for one in shipped_ if not any(_within(one, other) for other in mine)))))

    def named(self, text: str) -> tuple[str, ...]:
        """Ids of the frameworks that a text names, the shipped ones in the order of SCHEMES, then imported ones."""
        return self.each_once(self.names_in(text))

    def each_once(self, names: Iterable[tuple[int, int, str]]) -> tuple[str, ...]:
        """The ids in what `names_in` gives, each once, in the order of `named`."""
        found = {i for _, _, i in names}
        return tuple(i for i in (*SCHEMES, *(pack.id for pack in self.own)) if i in found)

    def _name_of(self, pack: Pack) -> re.Pattern[str]:
        if pack.id not in self._names:
            self._names[pack.id] = imported_pattern(pack.id, pack.framework.title)
        return self._names[pack.id]

    def rows(self, framework_id: str) -> Mapping[Key, Requirement]:
        """Rows of a pack by the key of their id."""
        found = self._keys.get(framework_id)
        if found is None:
            found = {key(row.id): row for row in self.pack(framework_id).requirements}
            self._keys[framework_id] = found
        return found

    def copies(self, framework_id: str) -> tuple[Pack, ...]:
        """Imported copies of a shipped pack; their rows marked `beyond_pack` are none of its requirements."""
        return tuple(pack for pack in self.imported if pack.framework.extends == framework_id)


def _within(one: tuple[int, int, str], other: tuple[int, int, str]) -> bool:
    return other[0] <= one[0] and one[1] <= other[1]


def _inside(one: tuple[int, int, str], other: tuple[int, int, str]) -> bool:
    return one[:2] != other[:2] and _within(one, other)


@cache
def shipped() -> Catalogue:
    """The shipped packs alone."""
    return Catalogue()
