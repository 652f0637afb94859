"""Passages that contradict each other: another figure, another rhythm, a yes against a no on one topic (pure)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from advisor.grounding.entities import quantities
from advisor.grounding.polarity import limited, negated
from advisor.grounding.text import quotable
from advisor.grounding.words import Concept, concepts, content, coverage, stem, stems
from knowledge.records.search import Hit, Passage
from knowledge.search.sentences import sentences

SAME_TOPIC = 0.7
"""Share of the smaller sentence's topic that the other one must have."""
SAME_RULE = 0.75
"""The same for a yes against a no, where no figure anchors the comparison."""

ABOUT = 0.7
"""Share of the question that a sentence, with the headings above it, must have to be held against another."""
ABOUT_CITED = 0.5
"""The same of a sentence that the answer quotes."""

_IN_DAYS = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.25}
_RHYTHM = (
    (re.compile(r"\b(?:daily|every day|each day|every night|nightly)\b", re.I), 1.0),
    (re.compile(r"\b(?:weekly|every week|each week|once a week)\b", re.I), 7.0),
    (re.compile(r"\b(?:monthly|every month|each month|once a month)\b", re.I), 30.4375),
    (re.compile(r"\b(?:quarterly|every quarter|each quarter|once a quarter)\b", re.I), 91.3125),
    (re.compile(r"\b(?:twice a year|half-yearly|semi-annual(?:ly)?|every half year)\b", re.I), 182.625),
    (re.compile(r"\b(?:annual(?:ly)?|yearly|every year|each year|once a year)\b", re.I), 365.25),
)
_UNIT_STEMS = frozenset(map(stem, (*_IN_DAYS, "hours", "days", "minutes", "quarterly", "annually", "yearly", "daily")))
_AHEAD = re.compile(r"\s*(?:ahead|in advance|before|prior|earlier|beforehand)\b", re.IGNORECASE)
"""Of a time before something, which no time after something contradicts."""
_CONDITION = re.compile(r"\b(?:when|if|unless|except|during|outside|in case)\b([^,.;]+)", re.IGNORECASE)
_NAMED_BY = re.compile(r"\s*(?:the )?(?:daily|nightly|weekly|monthly|quarterly|annual|yearly) (?=[a-z])", re.IGNORECASE)
"""What a thing is called ("Nightly backups are kept for 30 days"), where the rule is another figure."""
_EVERY = re.compile(r"\bevery\s*$", re.IGNORECASE)
_EXCLUSIVE = tuple(
    frozenset(map(stem, group.split()))
    for group in (
        "critical high medium moderate low",
        "privileged administrator standard ordinary",
        "internal external",
        "daily nightly weekly monthly quarterly annual yearly",
        "full incremental",
        "minimum maximum",
        "first second third",
        "bronze silver gold",
        "confidential restricted public",
        "onsite offsite",
    )
)
"""Words of which a rule has one: a figure for critical and one for high flaws do not contradict each other."""
_GLUE = frozenset(
    map(
        stem,
        [
            "least",
            "most",
            "within",
            "after",
            "before",
            "per",
            "than",
            "later",
            "more",
            "less",
            "every",
            "each",
            "minimum",
            "maximum",
            "target",
            "objective",
        ],
    )
)
_OPEN = frozenset({"least", "minimum", "more"})


@dataclass(frozen=True)
class Statement:
    """One sentence of a passage as a rule with a topic."""

    passage: Passage
    sentence: str
    topic: frozenset[str]
    figures: tuple[tuple[str, float, str], ...]
    """(kind of figure, value in one unit, as said)."""
    denies: bool


@dataclass(frozen=True)
class Conflict:
    """Two sentences that cannot both hold."""

    left: Statement
    right: Statement
    text: str
    """The contradiction in one sentence."""


def find_conflicts(hits: Iterable[Hit], asked: Sequence[Concept], cited: Collection[str] = ()) -> tuple[Conflict, ...]:
    """Contradictions between passages of documents on what is asked.

    Requirements are not held against each other: two frameworks may ask for different things.

    Args:
        hits: what was retrieved.
        asked: what the question is about; a sentence counts when it, with the headings above it, has most of this.
        cited: sentences that the answer quotes: they are nearer to the question than their words show.
    """
    passages = [hit.passage for hit in hits if hit.passage.kind == "document"]
    said = [
        one
        for passage in passages
        for one in _statements(passage)
        if _about(one, asked) >= (ABOUT_CITED if one.sentence in cited else ABOUT)
    ]
    found: dict[tuple[str, str], Conflict] = {}
    for left, right in combinations(said, 2):
        if left.passage.id == right.passage.id and left.sentence == right.sentence:
            continue
        text = _figures_differ(left, right) or _one_denies(left, right)
        if text:
            found.setdefault((left.sentence, right.sentence), Conflict(left, right, text))
    return tuple(found.values())


def _statements(passage: Passage) -> Iterator[Statement]:
    for sentence in sentences(passage.text):
        quote = quotable(sentence)
        if not quote:
            continue
        figures = tuple(_figures(quote))
        words = {word for word in content(quote) if not word[0].isdigit()} - _GLUE
        yield Statement(passage, quote, frozenset(_canonical(quote) | words), figures, negated(quote))


def _canonical(text: str) -> set[str]:
    """An acronym and its words as one: the shortest form, which is the acronym."""
    return {
        "+".join(sorted((len(form), sorted(form)) for form in c.forms)[0][1])
        for c in concepts(text)
        if len(c.forms) > 1 and len(c.forms) <= 4
    }


def _figures(sentence: str) -> Iterator[tuple[str, float, str]]:
    for quantity in quantities(sentence):
        days = _IN_DAYS.get(quantity.unit)
        every = bool(_EVERY.search(sentence, 0, quantity.start))
        if days is not None:
            kind = "rhythm" if every else "notice" if _AHEAD.match(sentence, quantity.end) else "time"
            yield kind, quantity.value * days, quantity.said
        elif quantity.unit:
            yield quantity.unit, quantity.value, quantity.said
        else:
            noun = re.match(r"\s+([a-z]{3,})", sentence[quantity.end :])
            if noun and not re.match(r"(?:and|or|of|to|the|in|at|on|by|for|with|is|are)$", noun[1]):
                yield stem(noun[1]), quantity.value, f"{quantity.said} {noun[1]}"
    named = _NAMED_BY.match(sentence) if any(True for _ in quantities(sentence)) else None
    for pattern, value in _RHYTHM:
        if hit := pattern.search(sentence, named.end() if named else 0):
            yield "rhythm", value, hit[0]


def _about(statement: Statement, asked: Sequence[Concept]) -> float:
    words = frozenset(
        stems(f"{statement.passage.title} {' '.join(statement.passage.heading_path)} {statement.sentence}")
    )
    return coverage(asked, words)


def _overlap(left: Statement, right: Statement) -> float:
    ours = [{word for word in one.topic if not _is_unit(word)} for one in (left, right)]
    smaller = min(len(ours[0]), len(ours[1]))
    return len(ours[0] & ours[1]) / smaller if smaller >= 2 else 0.0


def _is_unit(word: str) -> bool:
    return word in _UNIT_STEMS


def _apart(left: Statement, right: Statement) -> bool:
    """They name different members of a set of which a rule has one."""
    mine = frozenset(stems(f"{left.sentence} {' '.join(left.passage.heading_path[-1:])}"))
    theirs = frozenset(stems(f"{right.sentence} {' '.join(right.passage.heading_path[-1:])}"))
    return any(mine & group and theirs & group and not mine & theirs & group for group in _EXCLUSIVE)


def _exception(left: Statement, right: Statement) -> bool:
    """One holds only under a condition of which the other says nothing: a rule and its exception."""
    for one, other in ((left, right), (right, left)):
        words = frozenset(stems(other.sentence))
        for condition in _CONDITION.finditer(one.sentence):
            only = set(content(condition[1])) - _GLUE
            if only and not only & words:
                return True
    return False


def _figures_differ(left: Statement, right: Statement) -> str:
    if not left.figures or not right.figures or _overlap(left, right) < SAME_TOPIC:
        return ""
    kinds = {kind for kind, _, _ in left.figures} & {kind for kind, _, _ in right.figures}
    rhythm_only = kinds == {"rhythm"}
    if not rhythm_only and _apart(left, right):
        return ""
    for kind in sorted(kinds):
        mine = {value: said for k, value, said in left.figures if k == kind}
        theirs = {value: said for k, value, said in right.figures if k == kind}
        if any(abs(a - b) <= 0.02 * max(a, b) for a in mine for b in theirs):
            continue
        first, second = next(iter(mine.values())), next(iter(theirs.values()))
        only = "; one of them under a condition" if _exception(left, right) else ""
        return f"{_where(left.passage)} says {first}; {_where(right.passage)} says {second}{only}."
    return ""


def _one_denies(left: Statement, right: Statement) -> str:
    if left.denies == right.denies or left.passage.document_id == right.passage.document_id:
        return ""
    if (
        min(len(left.topic), len(right.topic)) < 3
        or _overlap(left, right) < SAME_RULE
        or _apart(left, right)
        or _exception(left, right)
    ):
        return ""
    no, yes = (left, right) if left.denies else (right, left)
    if limited(no.sentence):
        return ""  # "No data goes out before a contract is signed" forbids nothing that a rule about data asks for
    return f"{_where(no.passage)} says no to what {_where(yes.passage)} allows or asks for."


def _where(passage: Passage) -> str:
    return f"{passage.title}, {passage.locator}"
