"""The words of a question that carry meaning, and how much of them a passage has (pure)."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from knowledge.frameworks.loader import framework_ids, load_pack, packs_digest, yaml_rows
from knowledge.search.acronyms import table

LIGHT = 1.5
"""Most that a word weighs which names no subject (data/light.txt)."""
CLEARER = 1.0
"""How much rarer than its group's usual word one has to be to be put in that word."""
_WORD = re.compile(r"[^\W_]+(?:&[^\W_]+)?(?:(?<=n)['’]t\b|['’][a-z]{1,2}\b)?")

STOP = frozenset(
    re.findall(
        r"\w+",
        """
        a about above according across after again all already also am among an and any anybody anyone anything apply
        applies are around as ask asked asks at available be because been before being below between both but by can
        cannot come concern concerning could cover covered covers covering current currently deal deals demand demands
        describe did do does doing done down during each either else enough ever every exactly expect expected explain
        find follow following for from further general get give given gives go good got had has have having he help her
        here him his how however i if in into is it its itself just know let like look made make makes making many may
        me mean means mention mentioned mentions might more most much must my name named need needed needs no nor not
        now obligation obligations of off often on once one only or other others ought our ours out over own part per
        please point possible put quite rather really regarding relevant require required requirement requirements
        requires rule rules said same say says see shall she should show since so some somebody someone something soon
        state stated states still such take talk tell than that the their them then there these they thing things this
        those though through thus to together too two under until up upon us use used uses using very want was way we
        well were what whatever when where whether which while who whom whose why will with within would yes you your
        say address addressed addresses long fast quick quickly soon company organisation organization us we
        compare comparison difference differ differences versus vs map maps mapped mapping correspond corresponds
        framework frameworks control controls safeguard safeguards document documents documentation standard standards
        policy policies procedure procedures section clause article annex nist iso iec csf cis pci dss soc hipaa gdpr
        dora nis2 sp rev revision security secure information sure anymore
        anyway actually basically please kind sort lot
        bit way ways today every always never ever keep keeps anyone's someone's
        due supposed stop stops person
        protect ensure run runs running perform performed manage managed handle handled handling happen happens
        let's i'm we're what's who's there's
        """,
    )
)
"""Words that hold a question together; what kind of thing is asked for is read elsewhere."""

_SUFFIXES = (
    "isations", "izations", "isation", "ization", "ational", "ications", "ication", "ements", "ement", "ations",
    "ation", "ating", "ated", "ates", "ate", "ators", "ator", "ingly", "ments", "ment", "ities", "ity",
    "ances", "ance", "ences", "ence",
    "ables",
    "able", "ives", "ive", "ised", "ized", "ises", "izes", "ise", "ize", "ings", "ing", "ions", "ion", "ors", "or",
    "ers", "er", "als", "al", "ies", "ied", "ed", "es", "ly", "s", "e", "y",
)  # fmt: skip


_SHORT = frozenset({"s", "ed", "ing", "es", "e"})
"""Endings that may leave three letters: logs, fixed, fixing, hides and hide."""


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A word without its ending; crude, but the same on both sides: `encryption`, `encrypted` give `encrypt`."""
    plain = word.casefold().replace("’", "'").removesuffix("'s")
    if len(plain) <= 3 or plain.isdigit():
        return plain
    if plain.endswith("ies") and len(plain) > 4:
        plain = f"{plain[:-3]}y"
    for suffix in _SUFFIXES:
        least = 3 if suffix in _SHORT else 4
        if plain.endswith(suffix) and len(plain) - len(suffix) >= least and not (suffix == "s" and plain[-2] == "s"):
            plain = plain[: -len(suffix)]
            break
    if len(plain) > 4 and plain[-1] == plain[-2] and plain[-1] not in "aeiou":
        plain = plain[:-1]
    return plain


def stems(text: str) -> tuple[str, ...]:
    """Stems of all words of a text, in order, hyphens taken apart; small words are left in."""
    return tuple(stem(word) for word in _WORD.findall(text))


def _is_stop(word: str) -> bool:
    plain = word.casefold().replace("’", "'")
    return (
        plain in STOP
        or plain.removesuffix("'s") in STOP
        or plain.endswith("n't")
        or (len(plain) == 1 and plain.isalpha())
    )


def content(text: str) -> tuple[str, ...]:
    """Stems of the words that carry meaning, in order."""
    return tuple(s for word in _WORD.findall(text) if not _is_stop(word) and (s := stem(word)))


@dataclass(frozen=True)
class Concept:
    """One thing that a question is about, with the ways to say it."""

    said: str
    """As the question has it."""
    forms: tuple[frozenset[str], ...]
    """Each form is a set of stems that must all be there; the first is the question's own."""
    weight: float
    """How rare it is in the frameworks: its idf, about 0.5 to 8."""

    def matches(self, words: frozenset[str]) -> float:
        """1 where the passage has the question's own words, 0.85 where it has a synonym, 0 otherwise."""
        if self.forms[0] <= words:
            return 1.0
        return 0.85 if any(form <= words for form in self.forms[1:]) else 0.0


def concepts(text: str) -> tuple[Concept, ...]:
    """What a question is about, each thing once; acronyms of the field stand for their words and the reverse."""
    tokens = _WORD.findall(text)
    phrases = _phrases()
    found: dict[frozenset[str], Concept] = {}
    at = 0
    while at < len(tokens):
        size, forms = _longest(tokens, at, phrases)
        said = " ".join(tokens[at : at + size])
        if size > 1 or not _is_stop(tokens[at]):
            own = frozenset(stem(word) for word in tokens[at : at + size])
            others = tuple(form for form in forms if form != own)
            weight = _weight(own) if others or not own <= _light() else min(_weight(own), LIGHT)
            found.setdefault(own, Concept(said, (own, *others), weight))
        at += size
    return tuple(found.values())


def in_field_words(text: str) -> str:
    """A text in the words of the frameworks: what they hardly ever say in the way that they do say it.

    `throw out old hard drives` gives `dispose unsupported storage media`; a word that they use stays.
    """
    tokens = _WORD.findall(text)
    phrases = _phrases()
    said: list[str] = []
    at = 0
    while at < len(tokens):
        size, _ = _longest(tokens, at, phrases)
        words = tokens[at : at + size]
        known = [phrase for phrase in phrases.get(tuple(stem(word) for word in words), ()) if phrase.usual]
        usual = min((phrase.usual for phrase in known), key=_rarest, default="")
        own = " ".join(words)
        said.append(usual if usual and _rarest(usual) + CLEARER < _rarest(own) else own)
        at += size
    return " ".join(said)


def _rarest(said: str) -> float:
    return max((idf(word) for word in stems(said)), default=0.0)


@cache
def _light() -> frozenset[str]:
    text = (resources.files("advisor.grounding") / "data" / "light.txt").read_text(encoding="utf-8")
    return frozenset(stem(word) for line in text.splitlines() if not line.startswith("#") for word in line.split())


def coverage(asked: Iterable[Concept], words: frozenset[str]) -> float:
    """How much of the question a text has, weighted by rarity: 0 to 1. No concept at all gives 0."""
    concepts_ = tuple(asked)
    full = sum(concept.weight for concept in concepts_)
    return sum(concept.weight * concept.matches(words) for concept in concepts_) / full if full else 0.0


def _weight(own: frozenset[str]) -> float:
    # A phrase is as rare as its rarest word: "business impact analysis" is not three things.
    return max(idf(word) for word in own)


def idf(word: str) -> float:
    """Inverse document frequency of a stem over all rows of the shipped packs; ln(1 + N / (1 + df))."""
    rows, counts = _document_frequency()
    return math.log(1 + rows / (1 + counts.get(word, 0)))


RARITY = "rarity.json"
"""What `prepared` gave for the shipped packs, by scripts/make_prepared.py."""


def counted() -> dict[str, Any]:
    """How many rows of the shipped packs have each stem."""
    counts: Counter[str] = Counter()
    rows = 0
    for framework in framework_ids():
        for row in load_pack(framework).requirements:
            rows += 1
            counts.update(set(stems(f"{row.title} {row.summary} {row.question} {' '.join(row.keywords)}")))
    return {"packs": packs_digest(), "endings": _endings(), "rows": rows, "counts": dict(sorted(counts.items()))}


def _endings() -> str:
    return hashlib.sha256(repr((_SUFFIXES, sorted(_SHORT))).encode()).hexdigest()


def prepared() -> str:
    """The text of the file that is shipped: the counts, and the phrases by them."""
    phrases = [
        [list(key), [[[sorted(form) for form in one.forms], one.exact, one.usual] for one in known]]
        for key, known in made_phrases().items()
    ]
    found = {**counted(), "phrases": {"sources": _sources(), "rows": phrases}}
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")) + "\n"


@cache
def _document_frequency() -> tuple[int, Mapping[str, int]]:
    found = _shipped_words()
    if not _is_of_these(found):
        found = counted()
    return found["rows"], found["counts"]


def _is_of_these(found: Mapping[str, Any]) -> bool:
    return bool(found.get("packs") == packs_digest() and found.get("endings") == _endings())


@cache
def _shipped_words() -> dict[str, Any]:
    shipped = resources.files("advisor.grounding") / "data" / RARITY
    found = json.loads(shipped.read_text(encoding="utf-8")) if shipped.is_file() else {}
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class _Phrase:
    """A known phrase: its forms, and whether it counts in capitals only."""

    forms: tuple[frozenset[str], ...]
    exact: str = ""
    usual: str = ""
    """Of a group: the word or phrase of it that the frameworks use most."""


_Phrases = Mapping[tuple[str, ...], tuple[_Phrase, ...]]


def _longest(tokens: list[str], at: int, phrases: _Phrases) -> tuple[int, tuple[frozenset[str], ...]]:
    """How many words from a place on form a known phrase (1 if none), and its forms."""
    for size in range(min(4, len(tokens) - at), 0, -1):
        words = tokens[at : at + size]
        known = phrases.get(tuple(stem(word) for word in words), ())
        forms = [form for phrase in known if not phrase.exact or phrase.exact == words[0] for form in phrase.forms]
        if forms:
            return size, tuple(dict.fromkeys(forms))
    return 1, ()


@cache
def _phrases() -> _Phrases:
    """The phrases as shipped, where those are of these words; else made of them."""
    found = _shipped_words().get("phrases", {})
    if found.get("sources") != _sources() or not _is_of_these(_shipped_words()):
        return made_phrases()
    return {
        tuple(key): tuple(_Phrase(tuple(map(frozenset, forms)), exact, usual) for forms, exact, usual in rows)
        for key, rows in found["rows"]
    }


def _sources() -> str:
    return hashlib.sha256(repr(table()).encode() + _synonyms().encode()).hexdigest()


def _synonyms() -> str:
    return (resources.files("advisor.grounding") / "data" / "synonyms.yaml").read_text(encoding="utf-8")


def made_phrases() -> _Phrases:
    """The phrases of the acronyms and of the groups of words that mean the same."""
    found: dict[tuple[str, ...], list[_Phrase]] = {}
    for row in table():
        acronym, words = row.short, row.words
        forms = tuple(frozenset(stems(said)) for said in (acronym, *words))
        found.setdefault(stems(acronym), []).append(_Phrase(forms, acronym if row.exact else ""))
        # Only the first reading is what the acronym stands for; the rest are where to look as well.
        found.setdefault(stems(words[0]), []).append(_Phrase(tuple(frozenset(stems(s)) for s in (words[0], acronym))))
    for group in yaml_rows(_synonyms(), "synonyms.yaml"):
        forms = tuple(dict.fromkeys(frozenset(stems(str(said))) for said in group))
        usual = min(map(str, group), key=_rarest)
        for said in group:
            found.setdefault(stems(str(said)), []).append(_Phrase(forms, usual=usual))
    return {key: tuple(value) for key, value in found.items()}
