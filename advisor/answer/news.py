"""Answers on the day's events: what the records say, what it means for this client, what the news reports."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from advisor.answer import patterns
from advisor.answer.material import Composed, Material
from advisor.answer.world import head_passage, item_passage, line_passage, verdict_passage
from advisor.grounding.checks import Draft
from advisor.grounding.relevance import TELLING, Judged, best_sentences
from advisor.grounding.text import quotable
from advisor.grounding.words import Concept, coverage, stems
from knowledge.records.brief import Brief, BriefItem
from knowledge.records.search import Passage, PassageKind
from knowledge.search.sentences import sentences

NEWS: tuple[PassageKind, ...] = ("news", "advisory")
MAX_REPORTS = 4
MAX_ITEMS = 6
MAX_VERDICTS = 4
LINES = 6
"""Facts of one record that are told."""
ENOUGH = 0.6
"""Share of what is asked that a report must have where no rare name of the question settles it."""


def news_answer(material: Material) -> Composed:
    """Records and this client's own verdicts first, always in code's words; what publishers report behind them.

    Where the question is about "us", the verdicts come before the records.
    """
    question = material.question
    names = subjects(question.about)
    facts = tuple(_record(material, passage) for passage in material.world.records)
    notes = [f"No record of {cve} is here: it may not exist, or was not looked up." for cve in material.world.missing]
    ours, silence = _for_this_client(material, names)
    reports, dry = _reports(material, names)
    notes += [note for note in (silence, dry) if note]
    records = tuple(draft for draft in facts if draft)
    # "Are we affected?": what it means here is the answer, and the record its ground.
    fixed = (*ours, *records) if patterns.WE.search(question.text) or question.ours else (*records, *ours)
    return Composed(reports, tuple(notes), "extractive", fixed=fixed)


def subjects(about: Iterable[Concept]) -> tuple[Concept, ...]:
    """What a question on events is about, without the words that ask for events."""
    return tuple(one for one in about if not patterns.NEWS_NOISE.fullmatch(one.said))


def _record(material: Material, passage: Passage) -> Draft | None:
    lines = [quotable(line) for line in passage.text.splitlines()]
    shown = [line if len(line) <= 400 else sentences(line)[0] for line in lines if line][:LINES]
    return _quoting(material, passage, shown, "named in the question")


def _for_this_client(material: Material, names: Sequence[Concept]) -> tuple[tuple[Draft, ...], str]:
    """What the latest brief says to this client on it; else what was judged; else that nothing was matched."""
    world, question = material.world, material.question
    brief = world.brief
    if brief is None:
        return (), "No brief was written for this client yet: what touches it was not judged."
    drafts: list[Draft] = []
    items = [item for item in (*brief.items, *brief.quiet) if _tells(item, question.cves, names)]
    if not question.cves and not names:
        drafts += _told(material, head_passage(brief), "the latest brief")
        items = [item for item in brief.items if item.label != "fyi"]
    shown = items[:MAX_ITEMS]
    for item in shown:
        # Of one story all that a person has to do; of several what each is and why it is there.
        parts = ("By when: ", "What settles it: ", "Verdict: ", "To do: ") if len(shown) == 1 else ("By when: ",)
        drafts += _told(material, item_passage(brief, item), "the latest brief names it", item, parts)
    if not drafts:
        for line in _cleared(brief, question.cves, names)[:2]:
            drafts += _told(material, line_passage(brief, line), "the latest brief looked at it")
    if not drafts:
        telling = [one for one in world.verdicts if one.kind != "not-relevant"] or list(world.verdicts)
        for verdict in telling[:MAX_VERDICTS]:
            drafts += _told(material, verdict_passage(verdict, brief.day), "judged for this client")
    if drafts:
        old = question.days and material.today and brief.day < material.today - timedelta(days=question.days)
        return tuple(drafts), f"The latest brief is of {brief.day.isoformat()}." if old else ""
    return (), f"The brief of {brief.day.isoformat()} matched it with no asset and no supplier of this client."


def _told(
    material: Material, passage: Passage, why: str, item: BriefItem | None = None, parts: tuple[str, ...] = ()
) -> list[Draft]:
    lines = [line for one in passage.text.splitlines() if (line := quotable(one))]
    if item is not None:
        head = lines[: 1 + (len(item.why_you) if len(parts) > 1 else 1)]
        tail = [line for line in lines[len(head) :] if line.startswith(parts)]
        lines = [*head, *(sentences(line)[0] if line.startswith("By when: ") else line for line in tail)]
    draft = _quoting(material, passage, lines, why)
    return [draft] if draft else []


def _quoting(material: Material, passage: Passage, lines: Sequence[str], why: str) -> Draft | None:
    if not lines:
        return None
    material.keep(passage, "record", why)
    text = (
        f"{passage.title}, {passage.locator}: {' '.join(lines)}" if passage.partition == "client" else " ".join(lines)
    )
    return Draft(text, tuple((passage.id, line) for line in lines))


def _tells(item: BriefItem, cves: Sequence[str], names: Sequence[Concept]) -> bool:
    if cves:
        return bool(set(cves) & set(item.cve_ids))
    return bool(names) and _names_all(names, f"{item.topic} {item.what} {item.headline} {' '.join(item.why_you)}")


def _cleared(brief: Brief, cves: Sequence[str], names: Sequence[Concept]) -> list[str]:
    if cves:
        return [line for line in brief.not_affected if any(cve in line for cve in cves)]
    return [line for line in brief.not_affected if names and _names_all(names, line)]


def _names_all(names: Sequence[Concept], text: str) -> bool:
    """Whether a text has every rare name that is asked for; without a rare one, most of what is asked."""
    words = frozenset(stems(text))
    rare = [one for one in names if one.weight >= TELLING]
    return all(one.matches(words) for one in rare) if rare else coverage(names, words) >= ENOUGH


def _reports(material: Material, names: Sequence[Concept]) -> tuple[tuple[Draft, ...], str]:
    """What publishers say on it, the nearest first, each title once."""
    question = material.question
    if not names and not question.cves:
        return (), ""
    products = " ".join(passage.title for passage in material.world.records)
    query = " ".join((*question.cves, products, *(one.said for one in names)))
    found = material.search(query, kinds=NEWS, k=40)
    on_it = [one for one in found if _on_it(one.passage, question.cves, names)]
    recent, dry = _recent(on_it, material.today, question.days)
    drafts: dict[str, Draft] = {}
    told = {passage.id for passage in material.world.records}
    for one in recent:
        if one.passage.id in told or one.passage.title in drafts or len(drafts) >= MAX_REPORTS:
            continue
        body = one.passage.model_copy(update={"text": one.passage.text.removeprefix(one.passage.title).strip()})
        quotes = _sentences(body if body.text else one.passage, question.cves, names)
        if quotes:
            text = f"{one.passage.locator}: {' '.join(quotes)}"
            drafts[one.passage.title] = Draft(text, tuple((one.passage.id, quote) for quote in quotes))
    return tuple(drafts.values()), dry


def _sentences(passage: Passage, cves: Sequence[str], names: Sequence[Concept]) -> list[str]:
    naming = [s for one in sentences(passage.text) if (s := quotable(one)) and any(cve in one for cve in cves)]
    return naming[:2] or list(best_sentences(passage, names, most=2))


def _on_it(passage: Passage, cves: Sequence[str], names: Sequence[Concept]) -> bool:
    text = f"{passage.title}\n{passage.text}"
    if cves:
        return any(re.search(rf"{re.escape(cve)}(?!\d)", text, re.IGNORECASE) for cve in cves)
    return _names_all(names, text)


def _recent(found: Sequence[Judged], today: date | None, days: int) -> tuple[list[Judged], str]:
    """Those of the days that are asked for; where there are none, the newest, and that it is so."""
    if not days or today is None:
        return list(found), ""
    since = today - timedelta(days=days)
    fresh = [one for one in found if one.passage.dated and one.passage.dated >= since]
    if fresh or not found:
        return fresh, ""
    newest = max(one.passage.dated for one in found if one.passage.dated)
    return list(
        found
    ), f"Nothing on it was published since {since.isoformat()}; the newest found is of {newest.isoformat()}."
