"""The optional second look: a model may point out a sentence that the rules passed over, and code asks the question.

Only products that an item names without saying that they are affected are shown to it (`text-aside`), by vendor and
product, never with the client's rows. What it points out counts where the quotation stands in the item, names the
product and speaks of a weakness or an attack. It then becomes an open question of rule `model-question`, which never
goes above Watch. No other verdict is touched: a model raises nothing to "affected" and lowers nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from advisor.brief.words import figures
from advisor.llm.interface import AskedModel
from advisor.llm.spotlight import DataBlock, estimate_tokens
from advisor.triage.context import harm_in
from advisor.triage.masks import compact
from advisor.triage.names import product_forms
from knowledge.errors import VcisoError
from knowledge.records.asset import Asset, ThirdParty
from knowledge.records.base import Record
from knowledge.records.news import NewsItem
from knowledge.records.triage import Evidence, ItemRef, Verdict

PROMPT: Final = "triage-question"
RULE: Final = "model-question"
CONFIDENCE: Final = 0.3
PAIRS: Final = "P1"
"""The block of pairs in a request."""
MOST: Final = 60
"""Pairs of item and product that one run shows to the model for one client; the newest items first."""
BATCH: Final = 8
"""Pairs in one request: small models lose their way in more."""
SHOWN: Final = 1_500
"""Characters of an item that are shown."""
REMEMBERED: Final = 2_000
"""Pairs that a client's place remembers having asked about."""
SHORTEST: Final = 20
"""Characters of a quotation that says something."""


class Found(BaseModel):
    """One pair and the sentence that a model points out."""

    model_config = ConfigDict(extra="forbid")

    number: Annotated[str, Field(max_length=8)]
    """Of the pair: `P1.2`."""
    quote: Annotated[str, Field(max_length=400)]


class Reply(BaseModel):
    """What a model replies."""

    model_config = ConfigDict(extra="forbid")

    found: Annotated[list[Found], Field(max_length=BATCH)]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A product that an item names, about which the rules found no word that it is affected."""

    item: NewsItem
    vendor: str
    product: str
    verdicts: tuple[Verdict, ...]
    """The client's verdicts on the rows that bear the product, all `not-relevant`."""

    @property
    def key(self) -> str:
        """16 hex digits over the item as it reads and the product."""
        told = "\n".join((self.item.id, self.item.content_sha256, self.vendor, self.product))
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    @property
    def text(self) -> str:
        """The item as the model sees it, and as a quotation is looked up in it."""
        return f"{self.item.title}\n{self.item.summary[:SHOWN]}"


class SecondLook(Record):
    """What came of asking, as a client's place remembers it from one run to the next."""

    day: date
    asked: int = 0
    raised: int = 0
    trouble: str = ""
    """Why it was not asked, or not to the end; empty where all went well."""
    pairs: tuple[str, ...] = ()
    """Keys of the pairs that were asked about, newest last: none is asked twice."""

    def sentence(self) -> str:
        """For the brief; empty where there was nothing to ask."""
        if self.trouble and not self.asked:
            return f"The language model was not asked about what the rules left open: {self.trouble}."
        if not self.asked:
            return ""
        said = (
            f"The language model was asked about {figures(self.asked, 'candidate')} that the rules left out; "
            f"it raised {figures(self.raised, 'question')}."
        )
        return f"{said} It stopped there: {self.trouble}." if self.trouble else said


def doubts(
    verdicts: Sequence[Verdict], news: Sequence[NewsItem], assets: Sequence[Asset], third_parties: Sequence[ThirdParty]
) -> tuple[Doubt, ...]:
    """The pairs of item and product to ask about, newest item first, at most `MOST`."""
    items = {item.id: item for item in news}
    rows = {asset.id: asset for asset in assets}
    parties = {party.id: party for party in third_parties}
    pairs: dict[tuple[str, str, str], list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.kind != "not-relevant" or verdict.match.rule != "text-aside" or verdict.item.id not in items:
            continue
        for vendor, product in _names(verdict, rows, parties):
            pairs.setdefault((verdict.item.id, vendor, product), []).append(verdict)
    found = [Doubt(items[item], vendor, product, tuple(mine)) for (item, vendor, product), mine in pairs.items()]
    found.sort(key=lambda one: (one.item.published_at or one.item.first_seen_at, one.item.id), reverse=True)
    return tuple(found[:MOST])


def _names(verdict: Verdict, rows: dict[str, Asset], parties: dict[str, ThirdParty]) -> Iterator[tuple[str, str]]:
    match = verdict.match
    if match.subject_kind == "asset" and match.subject_id in rows:
        asset = rows[match.subject_id]
        yield asset.vendor, asset.product or asset.name
    elif match.subject_kind == "third-party" and match.subject_id in parties:
        said = " ".join(evidence.text for evidence in match.evidence if evidence.kind == "supplier")
        for tool in parties[match.subject_id].tools:
            if tool.product in said:
                yield tool.vendor, tool.product


def look_again(
    asked: Sequence[Doubt],
    open_model: Callable[[], AskedModel],
    *,
    before: SecondLook,
    held: Sequence[Verdict],
    day: date,
    now: datetime,
) -> tuple[list[Verdict], SecondLook]:
    """The questions that a model raises on these pairs, and what to remember.

    A pair is asked about once: what was raised then (`held`) stands while the item reads the same. A model that cannot
    be opened, fails or reaches its cap ends the look; what was found until then stands.

    Args:
        asked: the pairs of this run.
        open_model: opens the client's model; called where there is something to ask.
        before: what the last run left.
        held: the client's verdicts of rule `model-question`.
        day: the client's day; counts are kept over the runs of one day.
        now: for the model's record.
    """
    known = set(before.pairs)
    subjects = {_subject(verdict) for one in asked if one.key in known for verdict in one.verdicts}
    raised = [verdict for verdict in held if _subject(verdict) in subjects]
    look = before if before.day == day else SecondLook(day=day, pairs=before.pairs)
    fresh = [one for one in asked if one.key not in known]
    if not fresh:
        return raised, look
    done: list[Doubt] = []
    found: list[Verdict] = []
    trouble = ""
    try:
        model = open_model()
        for batch in _batches(fresh, model.room(PROMPT)):
            found += raised_by(model.propose(Reply, PROMPT, _shown(batch), now=now).value, batch, model.name)
            done += batch
    except VcisoError as error:
        trouble = error.message.rstrip(".")
    after = SecondLook(
        day=day,
        asked=look.asked + len(done),
        raised=look.raised + len({_subject(verdict) for verdict in found}),
        trouble=trouble,
        pairs=(*before.pairs, *(one.key for one in done))[-REMEMBERED:],
    )
    return raised + found, after


def _subject(verdict: Verdict) -> tuple[ItemRef, str, str]:
    return verdict.item, verdict.match.subject_kind, verdict.match.subject_id


def _batches(asked: Sequence[Doubt], room: int) -> Iterator[Sequence[Doubt]]:
    batch: list[Doubt] = []
    taken = 0
    for one in asked:
        size = estimate_tokens(one.text) + 40
        if batch and (len(batch) == BATCH or taken + size > room):
            yield batch
            batch, taken = [], 0
        if size <= room:
            batch.append(one)
            taken += size
    if batch:
        yield batch


def _shown(batch: Sequence[Doubt]) -> dict[str, str | DataBlock | Sequence[DataBlock]]:
    numbers = {item: f"N{number}" for number, item in enumerate(dict.fromkeys(one.item.id for one in batch), 1)}
    items = {one.item.id: one for one in batch}
    lines = tuple(f"{f'{one.vendor} {one.product}'.strip()}, named in {numbers[one.item.id]}" for one in batch)
    return {
        "products": DataBlock(PAIRS, "pairs of product and item", lines, numbered=True),
        "items": tuple(
            DataBlock(numbers[item], "a news item", tuple(one.text.split("\n"))) for item, one in items.items()
        ),
    }


def raised_by(reply: Reply, batch: Sequence[Doubt], model: str) -> list[Verdict]:
    """The questions of one reply whose proof holds: the pair exists, and the quotation is of its item and product."""
    found: dict[int, list[Verdict]] = {}
    numbers = {f"{PAIRS}.{number}": number - 1 for number in range(1, len(batch) + 1)}
    for one in reply.found:
        at = numbers.get(one.number.strip(), -1)
        if at >= 0 and at not in found and (quote := proof(one.quote, batch[at])):
            found[at] = [_question(verdict, batch[at], quote, model) for verdict in batch[at].verdicts]
    return [verdict for at in sorted(found) for verdict in found[at]]


def proof(quote: str, doubt: Doubt) -> str:
    """The quotation as it stands in the item; empty where it does not, is too short, names another or no harm."""
    wanted = " ".join(quote.split())
    text = " ".join(doubt.text.split())
    if len(wanted) < SHORTEST or wanted not in text or not harm_in(wanted):
        return ""
    spelt = compact(wanted)
    named = any(form.key in spelt for form in product_forms(doubt.vendor, doubt.product) if len(form.key) > 2)
    return wanted if named else ""


def _question(verdict: Verdict, doubt: Doubt, quote: str, model: str) -> Verdict:
    what = f"{doubt.vendor} {doubt.product}".strip()
    match = verdict.match
    kept = tuple(evidence for evidence in match.evidence if evidence.kind not in {"words", "alias"})
    locator = "title" if quote in " ".join(doubt.item.title.split()) else "summary"
    evidence = (
        Evidence(kind="words", text=quote, locator=locator),
        *kept,
        Evidence(kind="rule", text=f"pointed out by the language model {model}; the rules found no word of it"),
    )
    return Verdict(
        item=verdict.item,
        kind="version-unknown",
        match=match.model_copy(update={"rule": RULE, "evidence": evidence, "confidence": CONFIDENCE}),
        reason=f"{match.subject_name}; a language model reads the item as saying that {what} is affected.",
        question=f"Does the item mean {what} of {match.subject_name}, and is its version affected?",
        cve_ids=verdict.cve_ids,
    )


def with_raised(verdicts: Sequence[Verdict], raised: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts with each raised question in place of the `not-relevant` that it was asked about."""
    by_subject = {_subject(one): one for one in raised}
    return [by_subject.get(_subject(one), one) if one.kind == "not-relevant" else one for one in verdicts]
