"""What the triage suite measures: the product's own matcher, and three baselines that anyone would try first."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Protocol

from rapidfuzz import fuzz

from advisor.triage.masks import IDENTIFIERS, mask_identifiers
from advisor.triage.resolve import Catalogue
from advisor.triage.stories import StoryItem, group
from advisor.triage.subjects import ItemText, Subject
from advisor.triage.textmatch import TextMatcher
from evals.suites.triage_data import Item, Row
from evals.tape import Tape, digest
from knowledge.records.triage import ItemKind, ItemRef

PRODUCT = ("affected", "version-unknown", "version-not-affected")
ALERT = ("affected", "version-unknown")
"""Verdicts that reach a person: an unknown version is a question to answer, so it counts as an alert."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a system says of one asset for one item."""

    match: bool
    """The text concerns the product."""
    alert: bool
    """And the version is affected, or cannot be told."""
    why: str = ""


class System(Protocol):
    """Judges texts, ranks names, groups stories."""

    name: str

    def judge(self, kind: ItemKind, item: Item) -> dict[str, Answer]:
        """Answers by asset id; an asset without one is not concerned."""

    def rank(self, vendor: str, product: str) -> list[str]:
        """The five best names of the catalogue."""

    def stories(self, items: Sequence[Item], *, masked: bool) -> dict[str, str]:
        """Item id -> story id."""


class Product:
    """The product's matcher, catalogue and grouping, as the morning run uses them."""

    name = "product"

    def __init__(self, assets: Sequence[Row], catalogue: Sequence[str] = ()) -> None:
        rows = [(a.client, Subject("asset", a.id, a.id, a.vendor, a.product, a.version)) for a in assets]
        self._matcher = TextMatcher.build(rows)
        self._catalogue = Catalogue(catalogue)

    def judge(self, kind: ItemKind, item: Item) -> dict[str, Answer]:
        text = ItemText(kind, item.id, mask_identifiers(item.title), mask_identifiers(item.text), item.links)
        answers: dict[str, Answer] = {}
        for one in self._matcher.judge(text):
            verdict = one.verdict
            answers[verdict.match.subject_id] = Answer(
                match=verdict.kind in PRODUCT, alert=verdict.kind in ALERT, why=f"{verdict.match.rule}: {verdict.kind}"
            )
        return answers

    def rank(self, vendor: str, product: str) -> list[str]:
        return [candidate.name for candidate in self._catalogue.ranked(vendor, product, limit=5)]

    def stories(self, items: Sequence[Item], *, masked: bool) -> dict[str, str]:
        told = group(_story_item(item, masked=masked) for item in items)
        return {ref.id: story.id for story in told for ref in story.items}


def _story_item(item: Item, *, masked: bool) -> StoryItem:
    text = f"{item.title} {item.text}"
    found = () if masked else (one.upper() for one in IDENTIFIERS.findall(text) if one.upper().startswith("CVE"))
    return StoryItem(
        ref=ItemRef(kind="news", id=item.id),
        title=mask_identifiers(item.title) if masked else item.title,
        summary=mask_identifiers(item.text) if masked else item.text,
        at=datetime.fromisoformat(item.date).replace(tzinfo=UTC),
        cve_ids=tuple(dict.fromkeys(found)),
    )


@lru_cache(maxsize=50_000)
def plain_words(text: str) -> str:
    """Lower-case words, single spaces."""
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


def _jaccard(left: str, right: str) -> float:
    a, b = set(left.split()), set(right.split())
    return len(a & b) / len(a | b) if a | b else 0.0


Likeness = Callable[[str, str], float]
"""A name or title against a text, 0 to 1; both as `plain_words`."""

BASELINES: dict[str, tuple[Likeness, Likeness, float]] = {
    # name: is the product in the text, how alike are two names, from where on two titles are one story
    "substring": (lambda name, text: float(name in text), lambda a, b: fuzz.ratio(a, b) / 100, 0.7),
    "word": (lambda name, text: float(f" {name} " in f" {text} "), _jaccard, 0.5),
    "tokenset": (
        lambda name, text: float(fuzz.token_set_ratio(name, text) >= 90),
        lambda a, b: fuzz.token_set_ratio(a, b) / 100,
        0.9,
    ),
}
"""Substring of the product's name, its whole words, and rapidfuzz's token_set_ratio of at least 90."""


class Baseline:
    """One of `BASELINES`: reads no version, so each product it finds is an alert."""

    def __init__(self, name: str, assets: Sequence[Row], catalogue: Sequence[str] = ()) -> None:
        self.name = name
        self._names = [(asset.id, plain_words(asset.product)) for asset in assets]
        self._catalogue = [(entry, plain_words(entry)) for entry in catalogue]
        self._inside, self._alike, self._same = BASELINES[name]

    def judge(self, kind: ItemKind, item: Item) -> dict[str, Answer]:  # noqa: ARG002 - System asks for it
        text = plain_words(mask_identifiers(f"{item.title} {item.text}"))
        return {asset: Answer(True, True) for asset, name in self._names if name and self._inside(name, text)}

    def rank(self, vendor: str, product: str) -> list[str]:
        name = plain_words(f"{vendor} {product}")
        scored = sorted(((-self._alike(name, text), number) for number, (_, text) in enumerate(self._catalogue)))
        return [self._catalogue[number][0] for _, number in scored[:5]]

    def stories(self, items: Sequence[Item], *, masked: bool) -> dict[str, str]:  # noqa: ARG002 - System asks for it
        leader = {item.id: item.id for item in items}
        titles = [(item.id, plain_words(mask_identifiers(item.title))) for item in items]
        for number, (right, title) in enumerate(titles):
            for left, other in titles[:number]:
                if self._alike(title, other) >= self._same:
                    old, new = leader[right], leader[left]
                    leader = {key: new if value == old else value for key, value in leader.items()}
        return leader


class Played:
    """A system whose every answer goes over a tape; it is made when the tape lacks one."""

    def __init__(
        self,
        tape: Tape,
        name: str,
        make: Callable[[Sequence[Row], Sequence[str]], System],
        assets: Sequence[Row],
        catalogue: Sequence[str] = (),
    ) -> None:
        self.name = name
        self._tape = tape
        self._system = cache(lambda: make(assets, catalogue))
        self._basis = digest([[asdict(asset) for asset in assets], list(catalogue)])

    def judge(self, kind: ItemKind, item: Item) -> dict[str, Answer]:
        given = {"basis": self._basis, "item": digest(asdict(item))}
        output = self._tape.take(
            f"{self.name} {kind} {item.id}",
            given,
            lambda: {asset: asdict(answer) for asset, answer in self._system().judge(kind, item).items()},
        ).output
        return {asset: Answer(**answer) for asset, answer in (output or {}).items()}

    def rank(self, vendor: str, product: str) -> list[str]:
        given = {"basis": self._basis, "vendor": vendor, "product": product}
        key = f"{self.name} name {vendor}|{product}"
        return list(self._tape.take(key, given, lambda: self._system().rank(vendor, product)).output or ())

    def stories(self, items: Sequence[Item], *, masked: bool) -> dict[str, str]:
        given = {"items": digest([asdict(item) for item in items])}
        key = f"{self.name} stories {'without' if masked else 'with'} ids"
        told = self._tape.take(key, given, lambda: self._system().stories(items, masked=masked)).output
        return dict(told or {item.id: item.id for item in items})
