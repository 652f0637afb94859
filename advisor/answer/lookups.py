"""Answers from structure alone: what an id demands, where a withdrawn one went, what the crosswalk tables pair."""

from __future__ import annotations

from dataclasses import dataclass

from advisor.answer.material import Composed, Material, label
from advisor.grounding.checks import MIN_QUOTE_WORDS, Draft
from advisor.grounding.relevance import best_sentences, judge
from advisor.grounding.text import quotable
from knowledge.frameworks.catalogue import Match
from knowledge.frameworks.crosswalk import Trail, attack, related, tables
from knowledge.frameworks.ids import Withdrawn
from knowledge.records.framework import Framework
from knowledge.records.search import Passage

CONTROLS = "nist-sp-800-53-r5"
"""What ATT&CK's techniques are paired with directly."""
MAX_ROWS = 12
"""Rows under a heading that are told one by one."""
MAX_STATEMENT = 3_000
"""Characters that are quoted of a requirement that is asked for as a whole."""
MAX_DIRECT = 40
MAX_CHAINS = 10
"""Pairs over a third framework are many and weak."""


def told(material: Material, match: Match, *, most: int = 4) -> Draft | None:
    """One claim: what a requirement demands, quoted."""
    source = material.in_words(match)
    hit = material.requirement(source)
    row = source.requirement
    whole = row.summary if row.summary and not row.statement else ""
    quote = quotable(whole) if whole else ""
    if not quote or len(quote) > 700:
        found = best_sentences(hit.passage, material.question.about, row, most=most)
        quote = found[0] if found else ""
    quotes = _whole(row.statement) if row.statement and not material.question.about else ()
    quotes = quotes or ((quote,) if quote else ())
    if not quotes:
        return None
    return Draft(f"{label(match)}: {' '.join(quotes)}", tuple((hit.passage.id, one) for one in quotes))


def _whole(statement: str) -> tuple[str, ...]:
    """The publisher's words of a requirement line by line, as far as there is room: nothing of it was asked for."""
    lines: list[str] = []
    for line in statement.splitlines():
        quote = quotable(line)
        if not quote or sum(map(len, lines)) + len(quote) > MAX_STATEMENT:
            continue
        if lines and len(quote.split()) < MIN_QUOTE_WORDS:
            lines[-1] = f"{lines[-1]} {quote}"  # too short to prove anything by itself
        else:
            lines.append(quote)
    return tuple(dict.fromkeys(lines))


def requirements(material: Material) -> Composed:
    """What the named ids demand; below a heading the rows that the question is about, else all up to `MAX_ROWS`."""
    question = material.question
    drafts: list[Draft] = []
    notes = [unknown.label for unknown in question.unknown]
    for match in (*question.named, *(m for ambiguous in question.ambiguous for m in ambiguous.matches)):
        draft = told(material, match)
        if draft:
            drafts.append(draft)
        drafts += _below(material, match, notes)
    for ambiguous in question.ambiguous:
        notes.append(f"{ambiguous.label}: say which of them you mean to get one.")
    for withdrawn in question.withdrawn:
        drafts += _withdrawn(material, withdrawn)
    return Composed(tuple(drafts), tuple(notes), "lookup")


def _below(material: Material, match: Match, notes: list[str]) -> list[Draft]:
    pack = material.catalogue.pack(match.framework.id)
    row = match.requirement
    below = [child for child in pack.descendants(row.id) if child.assessable and not child.withdrawn]
    if row.kind == "control":
        below = [child for child in below if material.question.about]  # enhancements only where something is asked
    matches = [Match(match.framework, child) for child in below]
    if material.question.about:
        scored = [
            (judge(material.requirement(m, "below the named one"), material.question.about, m.requirement), m)
            for m in matches
        ]
        best = max((judged.cover for judged, _ in scored), default=0.0)
        matches = [m for judged, m in scored if best and judged.cover >= 0.6 * best]
    if len(matches) > MAX_ROWS:
        notes.append(f"{match.label} has {len(matches)} rows below it; the first {MAX_ROWS} are shown.")
    return [draft for m in matches[:MAX_ROWS] if (draft := told(material, m))]


def _withdrawn(material: Material, found: Withdrawn) -> list[Draft]:
    match = found.match
    sentence = match.requirement.withdrawn_sentence
    passage = Passage(
        id=f"req:{match.framework.id}:{match.requirement.id}:withdrawn",
        partition="shared",
        kind="requirement",
        title=f"{match.requirement.id} {match.requirement.title}".strip(),
        locator=f"{match.framework.short}, {match.requirement.id}",
        text=sentence,
        framework=match.framework.id,
        requirement_id=match.requirement.id,
    )
    material.keep(passage, "id", "named in the question")
    first = Draft(f"{label(match)}: {sentence}", ((passage.id, sentence),))
    return [first, *(draft for successor in found.successors if (draft := told(material, successor)))]


@dataclass(frozen=True)
class _Start:
    """What a crosswalk is looked up from: a requirement, or a technique of ATT&CK, which no pack has."""

    origin: str
    short: str
    id: str

    @classmethod
    def of(cls, match: Match) -> _Start:
        return cls(match.framework.extends or match.framework.id, match.framework.short, match.requirement.id)


def crosswalk(material: Material) -> Composed:
    """What the published tables pair with the named ids; never similarity."""
    question = material.question
    composed = Composed(mode="lookup", not_covered=tuple(unknown.label for unknown in question.unknown))
    sides = {match.framework.id for match in question.named}
    between = len(question.named) > 1 and len(sides) > 1
    starts = question.named[:1] if between else question.named
    wanted = {match.requirement.id for match in question.named[1:]} if between else set()
    for match in starts:
        targets = [i for i in question.frameworks if i != match.framework.id]
        if between:
            targets = list(
                dict.fromkeys(m.framework.id for m in question.named[1:] if m.framework.id != match.framework.id)
            )
        for target in targets or _neighbours(material, match):
            composed += _pairs(
                material, _Start.of(match), material.catalogue.pack(target).framework, wanted, named=bool(targets)
            )
    for technique in question.techniques:
        for target in question.frameworks or (CONTROLS,):
            start = _Start(attack(), f"ATT&CK {attack().partition('-')[2]}", technique)
            composed += _pairs(material, start, material.catalogue.pack(target).framework, set(), named=True)
    for withdrawn in question.withdrawn:
        composed += Composed(tuple(_withdrawn(material, withdrawn)), mode="lookup")
    return composed


def _neighbours(material: Material, match: Match) -> list[str]:
    """Frameworks with a table beside this one; the client's first, and alone where there are some."""
    origin = match.framework.extends or match.framework.id
    all_of_them = [head.id for head in material.catalogue.heads if head.id != origin and tables(origin, head.id)]
    return [i for i in all_of_them if i in material.frameworks] or all_of_them


def _pairs(material: Material, start: _Start, target: Framework, wanted: set[str], *, named: bool) -> Composed:
    origin = start.origin
    found = related(origin, start.id, target.id, catalogue=material.catalogue)
    trails = [trail for trail in found.trails if not wanted or trail.to_id in wanted]
    if not trails:
        if not named:
            return Composed()
        if not found.routes:
            why = f"No published table connects {start.short} with {target.short}."
        else:
            of = f" with {', '.join(sorted(wanted))}" if wanted else ""
            what = f"do not pair {start.id}{of}" if wanted else f"pair {start.id} with nothing"
            why = f"The tables between {start.short} and {target.short} {what}."
        return Composed(not_covered=(why,), mode="lookup")
    direct = trails[0].direct
    shown = trails[: MAX_DIRECT if direct else MAX_CHAINS]
    lines = [_line(trail, start, target) for trail in shown]
    passage = Passage(
        id=f"crosswalk:{origin}:{target.id}:{start.id}",
        partition="shared",
        kind="requirement",
        title="; ".join(shown[0].sources),
        locator=f"crosswalk {start.short} to {target.short}, {start.id}",
        text="\n".join(lines),
        framework=origin if any(head.id == origin for head in material.catalogue.heads) else "",
        requirement_id=start.id,
    )
    material.keep(passage, "crosswalk", "published table" if direct else "over a third framework")
    ids = ", ".join(dict.fromkeys(trail.to_id for trail in shown))
    how = "" if direct else ", over a third framework and so at best as strong as its weakest step"
    text = f"{start.short} {start.id} is paired with {target.short} {ids}{how}."
    notes = []
    if len(trails) > len(shown):
        notes.append(f"{len(trails) - len(shown)} more pairs of {start.id} with {target.short} are not shown.")
    drafts = [Draft(text, tuple((passage.id, line) for line in lines))]
    if len({trail.to_id for trail in shown}) <= 3:
        pack = material.catalogue.pack(target.id)
        rows = [row for trail in shown if (row := pack.get(trail.to_id)) is not None]
        drafts += [draft for row in rows if (draft := told(material, Match(target, row)))]
    return Composed(tuple(drafts), tuple(notes), "lookup")


def _line(trail: Trail, start: _Start, target: Framework) -> str:
    way = "" if trail.direct else f", by way of {trail.path}"
    pair = f"{start.short} {trail.from_id} {trail.relationship} {target.short} {trail.to_id}"
    return f"{pair} ({trail.authority}){way}"
