"""The facts of a sentence that must not be invented: CVEs, requirement ids, dates, numbers, percentages (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from knowledge.frameworks.catalogue import Catalogue, key
from knowledge.frameworks.ids import Ambiguous, Known, Unknown, Withdrawn
from knowledge.frameworks.mentions import Mention, find_ids
from knowledge.frameworks.schemes import SCHEMES, name_pattern

_CVE = re.compile(r"\bCVE[-‑–\s]?(\d{4})[-‑–](\d{4,})", re.IGNORECASE)
_LONG = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTHS = {name: n for n, long in enumerate(_LONG, start=1) for name in (long, long[:3])} | {"sept": 9}
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_DATES = (
    re.compile(r"\b(?P<year>(?:19|20)\d\d)-(?P<mon>\d\d)-(?P<day>\d\d)\b"),
    re.compile(
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?\s+(?:of\s+)?{_MONTH}(?:,?\s+(?P<year>(?:19|20)\d\d))?\b", re.I
    ),
    re.compile(rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<year>(?:19|20)\d\d))?\b(?!\d)", re.I),
    re.compile(rf"\b{_MONTH},?\s+(?P<year>(?:19|20)\d\d)\b", re.I),
    re.compile(r"\b(?P<day>\d{1,2})\.(?P<mon>\d{1,2})\.(?P<year>(?:19|20)\d\d)\b"),
)
_UNITS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL = {word: n for n, word in enumerate(_UNITS.split(), start=1)}
_LARGE = {word: n * 10 for n, word in enumerate(_TENS.split(), start=2)}
_WORDS = "|".join(sorted((*_SMALL, *_LARGE), key=len, reverse=True))
_SPELLED = re.compile(
    rf"\b(?P<first>{_WORDS})(?:[-\s](?P<second>{_UNITS.replace(' ', '|')}))?\b(?P<hundred>\s+hundred)?", re.I
)
_NUMBER = re.compile(
    r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w])|(?<![\w.,])\d+(?=(?:h|d|min|s|st|nd|rd|th|x|k|m|gb|mb|kb|bit)\b)", re.I
)
_AFTER = re.compile(r"\s*[-‑]?\s*(?P<unit>%|percent\b|per cent\b|[a-z]+)", re.IGNORECASE)

UNITS: dict[str, str] = {
    word: unit
    for unit, words in {
        "minute": "minute minutes min mins",
        "hour": "hour hours hr hrs h",
        "day": "day days d",
        "week": "week weeks",
        "month": "month months",
        "year": "year years",
        "second": "second seconds",
        "%": "% percent",
        "character": "character characters",
    }.items()
    for word in words.split()
}
"""Units that a number is held to; any other word behind a number is not compared."""


@dataclass(frozen=True, order=True)
class Fact:
    """One checkable fact of a text in its normal form."""

    kind: str
    """`cve`, `id`, `date`, `number`."""
    value: str
    """`CVE-2026-1234`, `ac 2 1`, `2026-08-07`, `72 hour`, `12`."""
    said: str
    """As the text has it."""


@dataclass(frozen=True)
class Quantity:
    """A number with what stands behind it."""

    value: float
    unit: str
    """One of UNITS' values, or empty."""
    said: str
    start: int
    end: int


def facts(text: str, *, catalogue: Catalogue | None = None) -> tuple[tuple[Fact, ...], tuple[Mention, ...]]:
    """Every checkable fact of a text, and the requirement ids in it with what the catalogue says about them."""
    found: list[Fact] = []
    cves = tuple(_CVE.finditer(text))
    found += [Fact("cve", f"CVE-{hit[1]}-{hit[2]}", hit[0]) for hit in cves]
    rest = _blank(text, (hit.span() for hit in cves))
    mentions = tuple(m for m in find_ids(rest, catalogue=catalogue) if _CVE.match(m.text) is None)
    found += [Fact("id", id_key(mention), mention.text) for mention in mentions]
    rest = _blank(rest, ((mention.start, mention.end) for mention in mentions))
    for framework in SCHEMES:
        rest = _blank(rest, (hit.span() for hit in name_pattern(framework).finditer(rest)))
    dates = tuple(_dates(rest))
    found += [Fact("date", value, said) for value, said, _, _ in dates]
    rest = _blank(rest, ((start, end) for _, _, start, end in dates))
    found += [Fact("number", _number_value(quantity), quantity.said) for quantity in quantities(rest)]
    return tuple(dict.fromkeys(found)), mentions


def id_key(mention: Mention) -> str:
    """What spellings of the id have in common, read by the catalogue where it knows the id."""
    if isinstance(mention.result, Known | Withdrawn):
        part = f" part {mention.result.part}" if isinstance(mention.result, Known) and mention.result.part else ""
        return " ".join(key(mention.result.match.requirement.id)) + part
    return " ".join(key(mention.text))


def unknown_ids(mentions: tuple[Mention, ...]) -> tuple[str, ...]:
    """The ids that the catalogue does not know, with its reason; an ambiguous one is known more than once."""
    return tuple(
        m.result.label for m in mentions if isinstance(m.result, Unknown) and not isinstance(m.result, Ambiguous)
    )


def missing(claimed: tuple[Fact, ...], cited: tuple[Fact, ...], cited_text: str) -> tuple[Fact, ...]:
    """The facts of a claim that what it cites does not have.

    A number with a unit must be there with that unit; one without a unit may stand there with any. A date without a
    year is met by one with it. An id may also stand in the title or the locator, which are part of `cited_text`.
    """
    have = {(fact.kind, fact.value) for fact in cited}
    numbers = {fact.value.split()[0] for fact in cited if fact.kind == "number"}
    numbers |= {part for fact in cited if fact.kind in {"date", "id"} for part in re.findall(r"\d+", fact.value)}
    plain = {hit.replace(",", "") for hit in re.findall(r"(?<![\w.,])\d[\d.,]*\d|\d", cited_text)}
    lost = []
    for fact in claimed:
        if (fact.kind, fact.value) in have:
            continue
        if fact.kind == "number" and " " not in fact.value and fact.value in numbers | plain:
            continue
        if fact.kind == "id" and re.search(rf"(?<![\w.]){re.escape(fact.said)}(?![\w.]?\d)", cited_text, re.IGNORECASE):
            continue
        if fact.kind == "date" and any(k == "date" and _same_day(fact.value, v) for k, v in have):
            continue
        lost.append(fact)
    return tuple(lost)


def quantities(text: str) -> Iterator[Quantity]:
    """Numbers in digits or words, each with the unit behind it; a lone "one" counts with a unit only."""
    for hit in _NUMBER.finditer(text):
        value = _parse(hit[0])
        if value is not None:
            unit, end = _unit(text, hit.end())
            yield Quantity(value, unit, text[hit.start() : end].strip(), hit.start(), end)
    for hit in _SPELLED.finditer(text):
        first, second = hit["first"].casefold(), (hit["second"] or "").casefold()
        if second and first not in _LARGE:
            second = ""
        value = float(_SMALL.get(first, 0) + _LARGE.get(first, 0) + _SMALL.get(second, 0)) * (
            100 if hit["hundred"] else 1
        )
        unit, end = _unit(text, hit.end())
        if unit or value > 1:
            yield Quantity(value, unit, text[hit.start() : end].strip(), hit.start(), end)


def _unit(text: str, at: int) -> tuple[str, int]:
    # "24 (twenty-four) hours", "72 business hours": what stands between a number and its unit.
    between = re.compile(
        r"\s*(?:\([^)]{1,30}\))?\s*[-‑]?(?:\s*(?:business|working|calendar|full|consecutive|clock)\b)?"
    ).match(text, at)
    start = between.end() if between else at
    hit = _AFTER.match(text, start)
    if hit is None:
        return "", at
    said = "percent" if hit["unit"].casefold() == "per cent" else hit["unit"].casefold()
    unit = UNITS.get(said, "")
    return (unit, hit.end()) if unit else ("", at)


def _parse(text: str) -> float | None:
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", text):
        return float(text.replace(",", ""))
    try:
        return float(text.replace(",", ".", 1)) if text.count(",") == 1 and "." not in text else float(text)
    except ValueError:
        return None  # 1.2.3: a version or a section


def _number_value(quantity: Quantity) -> str:
    return f"{quantity.value:g} {quantity.unit}".strip()


def _dates(text: str) -> Iterator[tuple[str, str, int, int]]:
    taken: list[tuple[int, int]] = []
    for pattern in _DATES:
        for hit in pattern.finditer(text):
            if any(hit.start() < end and start < hit.end() for start, end in taken):
                continue
            parts = hit.groupdict()
            month = _MONTHS[parts["month"].casefold()] if parts.get("month") else int(parts["mon"])
            day, year = parts.get("day"), parts.get("year")
            if not 1 <= month <= 12 or (day and not 1 <= int(day) <= 31):
                continue
            taken.append((hit.start(), hit.end()))
            value = f"{year or '----'}-{month:02d}" + (f"-{int(day):02d}" if day else "")
            yield value, hit[0], hit.start(), hit.end()


def _same_day(claimed: str, cited: str) -> bool:
    if claimed.startswith("----"):
        return cited.endswith(claimed[4:])
    return cited.startswith(claimed + "-")  # "August 2026" of "7 August 2026"


def _blank(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """A text with spaces in place of some of its parts: one pass, however many there are."""
    chars: list[str] | None = None
    for start, end in spans:
        chars = list(text) if chars is None else chars
        chars[start:end] = " " * (end - start)
    return text if chars is None else "".join(chars)


_WHEN = re.compile(
    r"\b(?:daily|weekly|monthly|quarterly|annual(?:ly)?|yearly|hourly|nightly|"
    r"(?:every|each) (?:(?:other|second|working|business) )?"
    r"(?:hour|day|night|morning|evening|(?:mon|tues|wednes|thurs|fri|satur|sun)day|week|month|quarter|year)|"
    r"(?:once|twice) an? (?:day|week|month|quarter|year)|half-yearly|"
    r"without (?:undue |unreasonable )?delay|immediately|"
    r"at once|promptly|as soon as|same day|real[- ]time|continuous(?:ly)?)\b",
    re.IGNORECASE,
)


def says_when(text: str) -> bool:
    """Whether a sentence gives a figure, a rhythm or a deadline in words."""
    return bool(_WHEN.search(text)) or any(True for _ in quantities(text))
